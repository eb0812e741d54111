using System.Globalization;
using Shoal.Client.Buffering;
using Shoal.Client.Bulk;
using Shoal.Samples;
using Shoal.Samples.SensorStreaming;

// usage: SensorStreaming [READINGS]. Readings of three sites arrive one by one, each site has a database of its own; a write
// buffer gathers them to batches. The end, Ctrl-C and SIGTERM flush it.
var wanted = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 30_000;
string[] sites = ["harbour", "ridge", "valley"];
using var client = ShoalSettings.Connect();
foreach (var site in sites)
{
    await client.Database("sensors-" + site, createIfMissing: true).ExecAsync(
        "CREATE TABLE IF NOT EXISTS readings(sensor TEXT, at TEXT, celsius REAL, PRIMARY KEY (sensor, at)) WITHOUT ROWID");
}

var map = new TableMap<Reading>("readings")
    .Key("sensor", static reading => reading.Sensor)
    .Key("at", static reading => reading.At)
    .Column("celsius", static reading => reading.Celsius);

// A reading that was sent again has the same sensor and time: the first one counts.
await using var buffer = new WriteBuffer<Reading>(client, static reading => "sensors-" + reading.Site, map, WriteMode.Ignore,
    new WriteBufferOptions<Reading>
    {
        Name = "sensors",
        Linger = TimeSpan.FromMilliseconds(200),
        Failed = static failed => Console.Error.WriteLine($"{failed.Count} readings are not stored: {failed[0].Error.Message}"),
    });
foreach (var reading in Sensors(sites, wanted))
{
    await buffer.AddAsync(reading);
}

var report = await buffer.FlushAsync();
Console.WriteLine($"{report.Applied} readings stored, {report.Rejected + report.NotApplied + report.Unknown} not, in {buffer.Stats.Requests} requests");
var rows = await client.Database("sensors-harbour").Prepare("""
    SELECT sensor, count(*) AS readings, min(celsius) AS lowest, max(celsius) AS highest FROM readings GROUP BY sensor ORDER BY sensor LIMIT 3
    """).AllAsync<SensorSummary>();
foreach (var row in rows)
{
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Sensor}: {row.Readings} readings, {row.Lowest:F1} to {row.Highest:F1} °C"));
}

// Stands for a message queue or a serial line.
static IEnumerable<Reading> Sensors(string[] sites, int wanted)
{
    var at = new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);
    for (var index = 0; index < wanted; index++)
    {
        var hour = index / 30.0 / 3600;
        yield return new Reading(sites[index % sites.Length], $"t{index / sites.Length % 10}", at.AddMilliseconds(index / 30 * 1000.0),
            12 + (8 * Math.Sin(hour * Math.PI / 12)) + (index % 7 * 0.1));
    }
}
