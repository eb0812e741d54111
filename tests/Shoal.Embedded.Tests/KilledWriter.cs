using System.Globalization;

namespace Shoal.Embedded.Tests;

/// <summary>
/// Run by <see cref="KillTests"/> in a process of its own: writes row after row, and tells each number once it is durable.
/// </summary>
public sealed class KilledWriter
{
    public const string Variable = "SHOAL_TEST_KILLED_WRITER";
    public const string Told = "durable ";

    [Fact(Explicit = true)]
    public async Task Writes_until_it_is_killed()
    {
        await using var engine = ShoalEngine.Open(Environment.GetEnvironmentVariable(Variable)!);
        var database = engine.Database("t", createIfMissing: true);
        await database.ExecAsync("CREATE TABLE t(a INTEGER PRIMARY KEY)");
        var insert = database.Prepare("INSERT INTO t VALUES (?)");
        await using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        for (var number = 1; ; number++)
        {
            await insert.Bind(number).RunAsync();
            await output.WriteLineAsync(Told + number.ToString(CultureInfo.InvariantCulture));
        }
    }
}
