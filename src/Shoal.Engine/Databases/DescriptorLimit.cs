using System.Globalization;

namespace Shoal.Engine.Databases;

/// <summary>How many databases the process's descriptor limit allows to be open.</summary>
internal static class DescriptorLimit
{
    /// <summary>Kept back for sockets, logs and the runtime.</summary>
    private const int ReservedDescriptors = 2_000;

    /// <summary>A writer has 4 descriptors (database, WAL twice, shared memory), a reader 2 more.</summary>
    private const int DescriptorsPerDatabase = 6;

    private const int OpenDatabasesMin = 64;

    /// <summary>The number for this process; the runtime has raised the soft limit to the hard one at start.</summary>
    public static int OpenDatabases()
    {
        var limit = Read();
        var databases = (limit - ReservedDescriptors) / DescriptorsPerDatabase;
        return (int)Math.Clamp(databases, OpenDatabasesMin, 100_000);
    }

    private static long Read()
    {
        const string Name = "Max open files";
        const long Unknown = 20_000;
        if (!File.Exists("/proc/self/limits"))
        {
            return Unknown;
        }

        foreach (var line in File.ReadLines("/proc/self/limits"))
        {
            if (line.StartsWith(Name, StringComparison.Ordinal))
            {
                var soft = line[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
                return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
                    ? limit
                    : long.MaxValue;
            }
        }

        return Unknown;
    }
}
