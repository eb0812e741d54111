using System.Globalization;
using Shoal.PowerCut.Load;
using Shoal.PowerCut.Replay;

namespace Shoal.PowerCut.Refuse;

/// <summary>Marks as lines of text on standard output.</summary>
internal sealed class MarkLines : IMarks
{
    public void Write(MarkKind kind, int database, int commits) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind} {database} {commits}"));

    /// <summary>Adds what a line promises.</summary>
    public static void Read(string line, Dictionary<int, Promises> promises)
    {
        var parts = line.Split(' ');
        var database = int.Parse(parts[1], CultureInfo.InvariantCulture);
        if (!promises.TryGetValue(database, out var promise))
        {
            promises.Add(database, promise = new Promises());
        }

        promise.Add(new Mark(Enum.Parse<MarkKind>(parts[0]), database, int.Parse(parts[2], CultureInfo.InvariantCulture)));
    }
}
