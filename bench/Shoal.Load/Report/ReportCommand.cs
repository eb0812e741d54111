using System.CommandLine;

namespace Shoal.Load.Report;

/// <summary><c>report</c>: the measurements of a run as one JSON file and one page to read.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var input = new Option<string>("--input") { Required = true, Description = "measurements, one JSON object a line" };
        var output = new Option<string>("--output") { Required = true, Description = "path without extension: .json, .md and, of commits, .svg are written" };
        var command = new Command("report", "Medians, ratios and targets.") { input, output };
        command.SetAction(parsed =>
        {
            var run = RunResults.Read(parsed.GetValue(input)!);
            var targets = Target.All(run);
            var path = parsed.GetValue(output)!;
            File.WriteAllText(path + ".json", ResultJson.Write(run, targets));
            var page = ResultPage.Write(run, targets);
            File.WriteAllText(path + ".md", page);
            if (CommitPlot.Draw(run) is { } plot)
            {
                File.WriteAllText(path + ".svg", plot);
            }

            Console.WriteLine(page);
        });
        return command;
    }
}
