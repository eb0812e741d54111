using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Shoal.Cli.Configuration;
using Shoal.Cli.Databases;
using Shoal.Cli.Output;
using Shoal.Engine.Usage;

namespace Shoal.Cli.Usage;

/// <summary><c>shoal cost</c>: what usage would cost at D1, or by other prices.</summary>
internal static class CostCommand
{
    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var which = new UsageOptions("30d");
        var prices = new Option<string?>("--prices")
        {
            Description = "A price file to use instead of D1's prices; docs/guides/usage-and-cost.md shows one.",
            HelpName = "FILE",
        };
        var compare = new Option<bool>("--compare") { Description = "Also the period of the same length before, and the difference." };
        var command = options.AddTo(new CliCommand("cost", "Estimate what a month of such usage costs, by D1's prices.",
            "cost", "cost app --last 7d --compare", "cost --prices prices.json --json"));
        which.AddTo(command);
        command.Add(prices);
        command.Add(compare);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var list = context.Arguments.GetValue(prices) is { } file ? PriceList.Read(context.Console.FullPath(file)) : PriceList.D1;
            var period = UsagePeriod.Read(context, which.Last, which.From, which.To);
            var name = context.Arguments.GetValue(which.Name);
            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            var database = name is null ? null : await DatabaseCommands.FindAsync(target, name, cancellationToken);
            var periods = context.Arguments.GetValue(compare) ? (UsagePeriod[])[period.Before, period] : [period];
            var estimates = new List<CostEstimate>();
            foreach (var each in periods)
            {
                var report = await target.ReadUsageAsync(each, UsageGrouping.None, database, cancellationToken);
                estimates.Add(CostEstimate.Of(report, each, list));
            }

            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer => Write(writer, list, periods, estimates));
            }
            else
            {
                Write(context.Console, list, periods, estimates);
            }
        });
    }

    private static void Write(CliConsole console, PriceList prices, UsagePeriod[] periods, List<CostEstimate> estimates)
    {
        if (estimates is [var before, var after])
        {
            RowsOutput.Write(console,
                ["per month", "before", "after", $"{prices.Currency} before", $"{prices.Currency} after", "difference"],
            [
                ["rows read", Round(before.RowsRead), Round(after.RowsRead), Money(before.ReadCost), Money(after.ReadCost),
                    Money(after.ReadCost - before.ReadCost)],
                ["rows written", Round(before.RowsWritten), Round(after.RowsWritten), Money(before.WriteCost), Money(after.WriteCost),
                    Money(after.WriteCost - before.WriteCost)],
                ["GB stored", Gigabytes(before), Gigabytes(after), Money(before.StorageCost), Money(after.StorageCost),
                    Money(after.StorageCost - before.StorageCost)],
                ["total", null, null, Money(before.Total), Money(after.Total), Money(after.Total - before.Total)],
                ["total, nothing included", null, null, Money(before.ListTotal), Money(after.ListTotal),
                    Money(after.ListTotal - before.ListTotal)],
            ]);
            console.Note($"before: {periods[0]}; after: {periods[1]}");
        }
        else
        {
            var one = estimates[0];
            RowsOutput.Write(console, ["per month", "used", "included", "billed", prices.Currency],
            [
                ["rows read", Round(one.RowsRead), Round(prices.RowsReadIncluded),
                    Round(CostEstimate.Billable(one.RowsRead, prices.RowsReadIncluded)), Money(one.ReadCost)],
                ["rows written", Round(one.RowsWritten), Round(prices.RowsWrittenIncluded),
                    Round(CostEstimate.Billable(one.RowsWritten, prices.RowsWrittenIncluded)), Money(one.WriteCost)],
                ["GB stored", Gigabytes(one), (double)prices.StorageGigabytesIncluded,
                    (double)Math.Round(CostEstimate.Billable(one.StorageGigabytes, prices.StorageGigabytesIncluded), 3),
                    Money(one.StorageCost)],
                ["total", null, null, null, Money(one.Total)],
                ["total, nothing included", null, null, null, Money(one.ListTotal)],
            ]);
            console.Note($"from usage {periods[0]}, taken to 30 days");
        }

        console.Note($"prices: {prices.Name}, {prices.Date}, {prices.Source}");
    }

    private static long Round(decimal value) => (long)Math.Round(value);

    private static double Gigabytes(CostEstimate estimate) => (double)Math.Round(estimate.StorageGigabytes, 3);

    private static string Money(decimal amount) =>
        amount.ToString(Math.Abs(amount) is > 0 and < 0.1m ? "0.0000" : "0.00", CultureInfo.InvariantCulture);

    private static void Write(Utf8JsonWriter writer, PriceList prices, UsagePeriod[] periods, List<CostEstimate> estimates)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("prices");
        writer.WriteString("name", prices.Name);
        writer.WriteString("source", prices.Source);
        writer.WriteString("date", prices.Date);
        writer.WriteString("currency", prices.Currency);
        writer.WriteEndObject();
        writer.WriteStartArray("periods");
        for (var index = 0; index < periods.Length; index++)
        {
            var estimate = estimates[index];
            writer.WriteStartObject();
            writer.WriteString("from", periods[index].From);
            writer.WriteString("to", periods[index].To);
            writer.WriteNumber("rows_read_per_month", Round(estimate.RowsRead));
            writer.WriteNumber("rows_written_per_month", Round(estimate.RowsWritten));
            writer.WriteNumber("storage_gb", Math.Round(estimate.StorageGigabytes, 6));
            writer.WriteNumber("rows_read_cost", Math.Round(estimate.ReadCost, 6));
            writer.WriteNumber("rows_written_cost", Math.Round(estimate.WriteCost, 6));
            writer.WriteNumber("storage_cost", Math.Round(estimate.StorageCost, 6));
            writer.WriteNumber("total", Math.Round(estimate.Total, 6));
            writer.WriteNumber("total_nothing_included", Math.Round(estimate.ListTotal, 6));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
