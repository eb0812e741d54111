using System.Globalization;
using Shoal.Load.Report;

namespace Shoal.Benchmarks.History;

/// <summary>Objects, requests and dollars of a large node, computed from what a scaled day stored per commit.</summary>
/// <remarks>
/// The load: 50,000 databases of 2 MB, 5,000 of them active in an hour, 500 commits per second, 30 days. Prices: Amazon S3
/// Standard, list prices of US East (N. Virginia) as of November 2026, https://aws.amazon.com/s3/pricing/. Litestream's objects:
/// its documented levels (https://litestream.io/reference/config/): a file per second with changes, per 30 s, 5 min and 1 h, a
/// snapshot a day, each per database; all kept for a day.
/// </remarks>
internal static class HistoryModel
{
    private const double CommitsPerDay = 500 * 86_400;
    private const int Databases = 50_000;
    private const int Active = 5_000;
    private const double Gigabyte = 1e9;

    /// <summary>Two segments of the log go into a pack; the other packs end at 64 MiB. Units: bytes.</summary>
    private const double LogPerPack = 128 * 1024 * 1024;
    private const double PackBytes = 64 * 1024 * 1024;

    /// <summary>How long each kind stays: hourly packs until their day is put together, two to three days later. Units: days.</summary>
    private const double SealedDays = 1.5 / 24;
    private const double HourlyDays = 2.5;
    private const double AllDays = 30;

    /// <summary>Units: US dollars.</summary>
    private const double PutPrice = 0.005 / 1000;
    private const double GigabyteMonthPrice = 0.023;

    public static void Write(StoredCosts costs, string? json)
    {
        var packs = CommitsPerDay * costs.Log / LogPerPack
            + Math.Max(24, CommitsPerDay * costs.Hourly / PackBytes)
            + Math.Max(1, CommitsPerDay * costs.Daily / PackBytes)
            + CommitsPerDay * costs.Snapshots / PackBytes;
        var stored = CommitsPerDay * (costs.Sealed * SealedDays + costs.Hourly * HourlyDays
            + costs.Daily * (AllDays - HourlyDays) + costs.Snapshots * AllDays);
        var alive = CommitsPerDay * (costs.Log * SealedDays / LogPerPack
            + (costs.Hourly * HourlyDays + costs.Daily * (AllDays - HourlyDays) + costs.Snapshots * AllDays) / PackBytes);

        // One request writes a pack, and one the manifest that names it.
        Row("shoal", packs * 2, stored / Gigabyte, alive);

        var perLevel = new[] { CommitsPerDay, Active * 86_400 / 30.0, Active * 86_400 / 300.0, Active * 24.0, Databases };
        Row("litestream", perLevel.Sum(), storedGigabytes: null, perLevel[1..].Sum() + perLevel[0] * 5 / 1440);

        void Row(string name, double requests, double? storedGigabytes, double objects)
        {
            var requestDollars = requests * 30 * PutPrice;
            var storageDollars = storedGigabytes * GigabyteMonthPrice;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"history-model/{name}  {requests:N0} PUTs a day  {objects:N0} objects  {storedGigabytes:N0} GB  "
                + $"${requestDollars:N0} for requests and ${storageDollars:N0} for storage a month"));
            Measurement.Append(json, $"history-model/{name}", new
            {
                requestsPerDay = Math.Round(requests),
                objects = Math.Round(objects),
                gigabytes = storedGigabytes is { } gigabytes ? Math.Round(gigabytes) : (double?)null,
                requestDollars = Math.Round(requestDollars, 2),
                storageDollars = storageDollars is { } dollars ? Math.Round(dollars, 2) : (double?)null,
            });
        }
    }
}
