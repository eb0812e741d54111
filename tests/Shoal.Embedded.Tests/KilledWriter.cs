using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Shoal.Embedded.Tests;

/// <summary>This assembly as a child process: writes row after row and prints each number once it is durable, until it is killed.</summary>
internal static class KilledWriter
{
    public const string Variable = "SHOAL_TEST_KILLED_WRITER";

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The test's executable has a Main of its own.")]
    public static void Run()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { } folder)
        {
            WriteAsync(folder).GetAwaiter().GetResult();
        }
    }

    private static async Task WriteAsync(string folder)
    {
        await using var engine = ShoalEngine.Open(folder);
        var database = engine.Database("t", createIfMissing: true);
        await database.ExecAsync("CREATE TABLE t(a INTEGER PRIMARY KEY)");
        var insert = database.Prepare("INSERT INTO t VALUES (?)");
        for (var number = 1; ; number++)
        {
            await insert.Bind(number).RunAsync();
            await Console.Out.WriteLineAsync(number.ToString());
        }
    }
}
