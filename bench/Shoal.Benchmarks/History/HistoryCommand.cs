using System.CommandLine;

namespace Shoal.Benchmarks.History;

/// <summary><c>history</c>: what history stores and costs, how long a restore takes, and what requests notice of it.</summary>
internal static class HistoryCommand
{
    /// <summary>Above this a restore is measured once, and no fork. Units: MiB.</summary>
    private const int LargeMebibytes = 1_000;

    public static Command Create()
    {
        var databases = new Option<int>("--databases") { DefaultValueFactory = static _ => 200 };
        var hours = new Option<int>("--hours") { DefaultValueFactory = static _ => 4 };
        var sizes = new Option<int[]>("--restore-mib")
        {
            DefaultValueFactory = static _ => [1, 100, 2048],
            AllowMultipleArgumentsPerToken = true,
        };
        var seconds = new Option<double>("--seconds") { DefaultValueFactory = static _ => 8, Description = "length of a sustained load" };
        var rounds = new Option<int>("--rounds")
        {
            DefaultValueFactory = static _ => 720,
            Description = "commits per database and hour that are put together beside requests",
        };
        var repeat = new Option<int>("--repeat")
        {
            DefaultValueFactory = static _ => 3,
            Description = "how often packs are put together beside requests; the result is the median",
        };
        var parts = new Option<string[]>("--parts")
        {
            DefaultValueFactory = static _ => ["store", "restore", "foreground", "sustained"],
            AllowMultipleArgumentsPerToken = true,
        };
        var disk = new Option<string>("--disk") { DefaultValueFactory = static _ => "", Description = "word for the disk, before the sizes of restores" };
        var folder = new Option<string?>("--folder") { Description = "where to put the data folder; default the temporary folder" };
        var json = new Option<string?>("--json") { Description = "append the numbers to this file, one line per phase" };
        var command = new Command("history", "Size and cost of history, and restores.")
        {
            databases, hours, sizes, seconds, rounds, repeat, parts, disk, folder, json,
        };
        command.SetAction(async (parsed, _) =>
        {
            var path = Path.Combine(parsed.GetValue(folder) ?? Path.GetTempPath(), "shoal-bench-" + Path.GetRandomFileName());
            var (chosen, file) = (parsed.GetValue(parts)!, parsed.GetValue(json));
            Directory.CreateDirectory(path);
            try
            {
                if (chosen.Contains("store"))
                {
                    var costs = await HistoryStore.RunAsync(
                        Path.Combine(path, "store"), parsed.GetValue(databases), parsed.GetValue(hours), file);
                    HistoryModel.Write(costs, file);
                    Directory.Delete(Path.Combine(path, "store"), recursive: true);
                }

                foreach (var megabytes in chosen.Contains("restore") ? parsed.GetValue(sizes)! : [])
                {
                    await HistoryRestores.RunAsync(
                        Path.Combine(path, "restore"), parsed.GetValue(disk)!, megabytes, megabytes > LargeMebibytes, file);
                    Directory.Delete(Path.Combine(path, "restore"), recursive: true);
                }

                if (chosen.Contains("foreground"))
                {
                    await HistoryForeground.RunAsync(
                        Path.Combine(path, "foreground"), parsed.GetValue(rounds), parsed.GetValue(repeat), file);
                    Directory.Delete(Path.Combine(path, "foreground"), recursive: true);
                }

                if (chosen.Contains("sustained"))
                {
                    await HistorySustained.RunAsync(path, parsed.GetValue(seconds), rounds: 2, file);
                }
            }
            finally
            {
                Directory.Delete(path, recursive: true);
            }
        });
        return command;
    }
}
