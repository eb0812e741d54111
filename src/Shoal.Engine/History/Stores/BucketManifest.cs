using System.Globalization;
using System.Text;
using Shoal.Engine.Log;

namespace Shoal.Engine.History.Stores;

/// <summary>What counts in a history store: the node's packs, the copy of its catalog, and steps that are still needed.</summary>
/// <remarks>Shape: see <c>docs/formats/history-store.md</c>. Immutable.</remarks>
/// <param name="Sealed">The log up to here is in packs.</param>
/// <param name="NextPack">Serial number for the next pack.</param>
/// <param name="Began">When history began to be kept. Units: microseconds since 1970.</param>
/// <param name="Clock">What time it was, as history takes it.</param>
/// <param name="Catalog">SHA-256 of the catalog's copy as it is stored, in hexadecimal: its name.</param>
/// <param name="CatalogBytes">Its length.</param>
/// <param name="Packs">The packs, in the order of the node's manifest.</param>
/// <param name="Tails">Steps before it whose commits are in no pack yet.</param>
internal sealed record BucketManifest(LogPosition Sealed, ulong NextPack, long Began, long Clock, string Catalog, long CatalogBytes,
    IReadOnlyList<StoredPack> Packs, IReadOnlyList<StoredTail> Tails)
{
    private const string Title = "shoal-store 1";

    /// <summary>Reads the text of a manifest.</summary>
    /// <exception cref="FormatException">It is none, or of a newer version.</exception>
    public static BucketManifest Parse(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0 || lines[0] != Title || lines[^1] != "end")
        {
            throw new FormatException($"it does not begin with '{Title}', or is cut off");
        }

        var fields = lines.Skip(1).Select(static line => line.Split(' ')).ToLookup(static line => line[0]);
        try
        {
            return new BucketManifest(Position(Single("sealed")[1]), (ulong)Number(Single("next")[1]), Number(Single("began")[1]),
                Number(Single("clock")[1]), Single("catalog")[1], Number(Single("catalog")[2]),
                [.. fields["pack"].Select(static line => new StoredPack(
                    new PackInfo(line[1], Number(line[2]), Number(line[3]), Number(line[4])), line[5]))],
                [.. fields["tail"].Select(static line => new StoredTail((ulong)Number(line[1]), Position(line[2])))]);
        }
        catch (Exception error) when (error is OverflowException or IndexOutOfRangeException or InvalidOperationException)
        {
            throw new FormatException("a line of it can not be read", error);
        }

        string[] Single(string name) => fields[name].Single();

        static long Number(string number) => long.Parse(number, CultureInfo.InvariantCulture);

        static LogPosition Position(string position) =>
            new(ulong.Parse(position, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }

    /// <summary>The text of the manifest.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"{Title}\nsealed {Sealed.Value:x16}\nnext {NextPack}\nbegan {Began}\nclock {Clock}\ncatalog {Catalog} {CatalogBytes}\n");
        foreach (var (pack, hash) in Packs)
        {
            text.Append(CultureInfo.InvariantCulture, $"pack {pack.Name} {pack.Bytes} {pack.FirstTime} {pack.LastTime} {hash}\n");
        }

        foreach (var tail in Tails)
        {
            text.Append(CultureInfo.InvariantCulture, $"tail {tail.Number} {tail.End.Value:x16}\n");
        }

        return text.Append("end\n").ToString();
    }
}
