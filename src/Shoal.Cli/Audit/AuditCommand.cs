using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Shoal.Cli.Configuration;
using Shoal.Cli.Databases;
using Shoal.Cli.Output;
using Shoal.Engine.Catalog;

namespace Shoal.Cli.Audit;

/// <summary><c>shoal audit</c>: who has done what to tokens and databases.</summary>
internal static class AuditCommand
{
    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var since = new Option<string?>("--since")
        {
            Description = "Not older than: a date and time (2027-01-31T00:00:00Z), or days, hours or minutes before now (7d, 12h, 30m).",
            HelpName = "WHEN",
        };
        var limit = new Option<int>("--limit")
        {
            Description = "How many, the newest ones.",
            HelpName = "N",
            DefaultValueFactory = _ => 100,
        };
        var command = options.AddTo(new CliCommand("audit", "Show who has done what to tokens and databases, newest first.",
            "audit", "audit --since 7d --limit 1000", "audit --data ./data --json"));
        command.Add(since);
        command.Add(limit);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var count = context.Arguments.GetValue(limit);
            if (count is < 1 or > AuditLog.ListMax)
            {
                throw CliException.Usage($"--limit {count} is not from 1 to {AuditLog.ListMax}", "for example --limit 1000");
            }

            var oldest = ParseSince(context.Arguments.GetValue(since), context.Console.Time.GetUtcNow());
            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            var records = await target.ListAuditAsync(oldest, count, cancellationToken);
            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer => WriteJson(writer, records));
                return;
            }

            RowsOutput.Write(context.Console, ["at", "actor", "origin", "action", "account", "subject", "detail"],
                records.Select(record => new object?[]
                {
                    DatabaseJson.Timestamp(record.At), record.Entry.Actor, record.Entry.Origin, record.Entry.Action,
                    record.Entry.Account, record.Entry.Subject, record.Entry.Detail,
                }));
        });
    }

    private static void WriteJson(Utf8JsonWriter writer, IReadOnlyList<AuditRecord> records)
    {
        writer.WriteStartArray();
        foreach (var record in records)
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", record.Id);
            writer.WriteString("at", DatabaseJson.Timestamp(record.At));
            writer.WriteString("actor", record.Entry.Actor);
            writer.WriteString("origin", record.Entry.Origin);
            writer.WriteString("action", record.Entry.Action);
            writer.WriteString("account", record.Entry.Account);
            writer.WriteString("subject", record.Entry.Subject);
            writer.WritePropertyName("detail");
            using var detail = JsonDocument.Parse(record.Entry.Detail);
            detail.RootElement.WriteTo(writer);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static DateTimeOffset? ParseSince(string? text, DateTimeOffset now)
    {
        if (text is null)
        {
            return null;
        }

        if (text.Length > 1 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture,
            out var number) && number < 100_000)
        {
            switch (text[^1])
            {
                case 'd':
                    return now.AddDays(-number);
                case 'h':
                    return now.AddHours(-number);
                case 'm':
                    return now.AddMinutes(-number);
            }
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
            ? instant
            : throw CliException.Usage($"--since {text} is no date and no age", "for example 2027-01-31T00:00:00Z, 7d or 12h");
    }
}
