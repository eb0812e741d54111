using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Shoal.Load.Report;

namespace Shoal.Load.Machine;

/// <summary><c>machine</c>: what numbers of this machine depend on, as one measurement.</summary>
internal static class MachineCommand
{
    public static Command Create()
    {
        var folder = new Option<string>("--folder") { Required = true, Description = "a folder on the disk that databases will be on" };
        var json = new Option<string?>("--json") { Description = "append to this file, one line" };
        var set = new Option<string[]>("--set") { Description = "another fact: name=value" };
        var command = new Command("machine", "Describes the machine and measures its disk.") { folder, json, set };
        command.SetAction(parsed =>
        {
            var flush = DiskFlush.Measure(parsed.GetValue(folder)!, count: 300);
            var facts = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["date"] = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
                ["cpu"] = Value("/proc/cpuinfo", "model name"),
                ["processors"] = Environment.ProcessorCount,
                ["memoryMiB"] = long.Parse(Value("/proc/meminfo", "MemTotal").Split(' ')[0], CultureInfo.InvariantCulture) / 1024,
                ["kernel"] = ProcessTree.ReadOrEmpty("/proc/sys/kernel/osrelease").Trim(),
                ["system"] = RuntimeInformation.OSDescription,
                ["runtime"] = RuntimeInformation.FrameworkDescription,
                ["flushP50Microseconds"] = Math.Round(flush.Percentile(0.5).TotalMicroseconds, 1),
                ["flushP99Microseconds"] = Math.Round(flush.Percentile(0.99).TotalMicroseconds, 1),
                ["loadAverage"] = ProcessTree.ReadOrEmpty("/proc/loadavg").Split(' ')[0],
            };
            foreach (var fact in parsed.GetValue(set) ?? [])
            {
                var equals = fact.IndexOf('=', StringComparison.Ordinal);
                if (equals > 0)
                {
                    facts[fact[..equals]] = fact[(equals + 1)..];
                }
            }

            foreach (var (name, value) in facts)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-22} {value}"));
            }

            Measurement.Append(parsed.GetValue(json), "machine", facts);
        });
        return command;
    }

    private static string Value(string file, string name)
    {
        var line = ProcessTree.ReadOrEmpty(file).Split('\n')
            .FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line is null ? "unknown 0" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
