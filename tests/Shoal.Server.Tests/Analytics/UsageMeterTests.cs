using System.Globalization;
using Shoal.Engine.Requests;
using Shoal.Protocol;
using Shoal.Server.Analytics;
using Shoal.Server.D1;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Analytics;

public sealed class UsageMeterTests
{
    private static readonly ItemUsage OneRead = new(1, 0, 1, 0, 1, TimeSpan.FromMilliseconds(1));

    [Fact]
    public void Hours_beyond_the_memory_are_forgotten()
    {
        var clock = new ManualTimeProvider();
        var meter = new UsageMeter(clock);
        for (var hour = 0; hour < MeterLimits.HoursMax + 10; hour++)
        {
            Record(meter, DatabaseId.NewRandom(), "SELECT 1");
            clock.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal(MeterLimits.HoursMax, All(meter).Count());
    }

    [Fact]
    public void A_database_remembers_a_bounded_number_of_texts_and_counts_the_rest_in_its_sums()
    {
        var meter = new UsageMeter(new ManualTimeProvider());
        var id = DatabaseId.NewRandom();
        var texts = MeterLimits.StatementsPerDatabaseHourMax * 2;
        for (var n = 0; n < texts; n++)
        {
            Record(meter, id, string.Create(CultureInfo.InvariantCulture, $"SELECT {n}"));
        }

        var statements = new Dictionary<string, StatementUsage>(StringComparer.Ordinal);
        All(meter).Single().Databases[id].CopyStatements(statements);

        Assert.Equal(MeterLimits.StatementsPerDatabaseHourMax, statements.Count);
        Assert.Equal(texts, All(meter).Single().Databases[id].Sums().Totals.Reads);
    }

    [Fact]
    public void When_all_texts_together_are_too_many_the_oldest_hours_go_first()
    {
        var clock = new ManualTimeProvider();
        var meter = new UsageMeter(clock);
        var perHour = MeterLimits.StatementsMax / 10;
        for (var hour = 0; hour < 15; hour++)
        {
            for (var n = 0; n < perHour; n += MeterLimits.StatementsPerDatabaseHourMax)
            {
                var id = DatabaseId.NewRandom();
                for (var text = 0; text < MeterLimits.StatementsPerDatabaseHourMax; text++)
                {
                    Record(meter, id, string.Create(CultureInfo.InvariantCulture, $"SELECT {text}"));
                }
            }

            clock.Advance(TimeSpan.FromHours(1));
        }

        Assert.InRange(All(meter).Sum(bucket => bucket.StatementCount), perHour, MeterLimits.StatementsMax);
        Assert.True(All(meter).First().Start > All(meter).Last().Start);
        Assert.Equal(clock.GetUtcNow().AddHours(-1).Hour, All(meter).First().Start.Hour);
    }

    [Fact]
    public void A_long_text_is_cut_at_a_character()
    {
        var meter = new UsageMeter(new ManualTimeProvider());
        var id = DatabaseId.NewRandom();
        Record(meter, id, "SELECT '" + new string('é', MeterLimits.StatementBytesMax) + "'");

        var statements = new Dictionary<string, StatementUsage>(StringComparer.Ordinal);
        All(meter).Single().Databases[id].CopyStatements(statements);

        Assert.EndsWith("éé", statements.Keys.Single(), StringComparison.Ordinal);
        Assert.Equal(8 + ((MeterLimits.StatementBytesMax - 8) / 2), statements.Keys.Single().Length);
    }

    private static IEnumerable<HourBucket> All(UsageMeter meter) => meter.Between(DateTimeOffset.MinValue, DateTimeOffset.MaxValue);

    private static void Record(UsageMeter meter, DatabaseId id, string sql) =>
        meter.Record(id, [new SqlBatchItem(sql)], [OneRead], responseBytes: 10);
}
