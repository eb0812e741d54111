namespace Shoal.Load.Report;

/// <summary>A ratio that the product is to reach, and what a run says of it.</summary>
/// <param name="What">In words.</param>
/// <param name="AtLeast">The least ratio.</param>
/// <param name="Measured">The run's ratio; null when one of the two was not measured.</param>
internal sealed record Target(string What, double AtLeast, double? Measured)
{
    private static readonly int[] ConnectionCounts = [1, 8, 64];

    /// <summary>Whether it is met; null when it was not measured.</summary>
    public bool? Met => Measured is { } measured ? measured >= AtLeast : null;

    /// <summary>The targets of this project, for a run.</summary>
    public static IReadOnlyList<Target> All(RunResults run)
    {
        var targets = new List<Target>();
        foreach (var connections in ConnectionCounts)
        {
            targets.Add(new Target($"point read over HTTP, {connections} connections, beside bare Kestrel", 0.7,
                run.Ratio("point-read/shoal", "point-read/bare-kestrel", connections, "requestsPerSecond")));
        }

        foreach (var connections in ConnectionCounts)
        {
            targets.Add(new Target($"point read over HTTP, {connections} connections, beside miniflare", 20,
                run.Ratio("point-read/shoal", "point-read/miniflare", connections, "requestsPerSecond")));
        }

        foreach (var (way, name) in ((string, string)[])
            [("csv", "CSV"), ("sql-multi", "SQL, 100 rows per statement"), ("sql-single", "SQL, one row per statement")])
        {
            targets.Add(new Target($"import of {name}, beside one prepared INSERT on raw SQLite", 0.7,
                run.Ratio("import/" + way, "import/raw-sqlite", null, "rowsPerSecond")));
        }

        targets.Add(new Target("import of CSV, beside miniflare batch(100)", 5,
            run.Ratio("import/csv", "import/miniflare-batch", null, "rowsPerSecond")));
        targets.Add(new Target("bulk write of the .NET client in process, beside one prepared INSERT on raw SQLite", 0.6,
            run.Ratio("client/embedded-bulk", "client/raw-sqlite", null, "rowsPerSecond")));
        targets.Add(new Target("bulk write of the .NET client over HTTP, beside miniflare's batches of 100", 5,
            run.Ratio("client/bulk", "client/miniflare-batch", null, "rowsPerSecond")));
        AddWrites(targets, run);
        AddNoise(targets, run);
        return targets;
    }

    /// <summary>Half of the p99 beside noise is to be no more than a quiet server's, nor than what the machine makes of the noise.</summary>
    private static void AddNoise(List<Target> targets, RunResults run)
    {
        foreach (var (name, what) in ((string, string)[])[("read", "point read"), ("write", "durable insert")])
        {
            foreach (var kind in NoisePage.Kinds(run))
            {
                targets.Add(new Target($"p99 of a {what} on a quiet server, beside that with a neighbour's {kind}", 0.5,
                    1 / NoisePage.Growth(run, name, kind)));
                targets.Add(new Target($"the same with what the machine alone makes of {kind}, beside that with a neighbour's", 0.5,
                    1 / NoisePage.Share(run, name, kind)));
            }
        }
    }

    private static void AddWrites(List<Target> targets, RunResults run)
    {
        (string What, double AtLeast, string Own, string Peer, int Writers)[] writes =
        [
            ("durable insert over HTTP, 64 connections, 100 databases, beside PostgreSQL", 1.3, "write-100/shoal", "write-100/postgresql", 64),
            ("durable insert over HTTP, 64 connections, 100 databases, beside miniflare", 12, "write-100/shoal", "write-100/miniflare", 64),
            ("durable commits in process, 256 writers, 1 database, beside SQLite one by one", 40, "commit-1/engine-log", "commit-1/sqlite-one-by-one", 256),
            ("durable commits in process, 256 writers, 1,000 databases, beside a flush per database", 1.2, "commit-1000/engine-log", "commit-1000/engine-sqlite", 256),
            ("the same, beside plain SQLite on a thread per writer", 1.2, "commit-1000/engine-log", "commit-1000/sqlite-one-by-one", 256),
            ("the same on a disk whose flush takes 1 ms, beside a flush per database", 8, "slow-commit-1000/engine-log", "slow-commit-1000/engine-sqlite", 256),
            ("the same, beside plain SQLite on a thread per writer", 1.2, "slow-commit-1000/engine-log", "slow-commit-1000/sqlite-one-by-one", 256),
        ];
        foreach (var (what, atLeast, own, peer, writers) in writes)
        {
            targets.Add(new Target(what, atLeast, run.Ratio(own, peer, writers, "requestsPerSecond")));
        }
    }
}
