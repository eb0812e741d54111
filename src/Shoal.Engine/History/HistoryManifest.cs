using System.Globalization;
using System.Text;
using Shoal.Engine.Log;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>Which packs count, and up to where the commit log is in them.</summary>
/// <remarks>
/// Shape: see <c>docs/formats/history-pack.md</c>. Immutable; a change is a new one that replaces the file as a whole. A file
/// that it does not name does not exist.
/// </remarks>
/// <param name="Sealed">The log up to here is in packs; none of it needs to be kept for history.</param>
/// <param name="NextPack">Serial number for the name of the next pack; never used twice.</param>
/// <param name="Began">When history began to be kept. Units: microseconds since 1970.</param>
/// <param name="Packs">The packs, oldest first.</param>
internal sealed record HistoryManifest(LogPosition Sealed, ulong NextPack, long Began, IReadOnlyList<PackInfo> Packs)
{
    private const string Title = "shoal-history 1";

    /// <summary>What time it is, as history takes it; see <see cref="HistoryClock"/>. Units: microseconds since 1970.</summary>
    public long Clock { get; init; } = Began;

    /// <summary>What is being put together; null for nothing.</summary>
    public HistoryWork? Work { get; init; }

    /// <summary>Size of all packs.</summary>
    public long PackBytes => Packs.Sum(static pack => pack.Bytes);

    /// <summary>Reads the text of a manifest.</summary>
    /// <exception cref="FormatException">It is none, or it is damaged.</exception>
    public static HistoryManifest Parse(string text)
    {
        var end = text.LastIndexOf("end ", StringComparison.Ordinal);
        if (end < 0 || text[end..] != EndLine(text[..end]))
        {
            throw new FormatException("its last line does not verify");
        }

        var lines = text[..end].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines[0] != Title)
        {
            throw new FormatException($"it begins with '{lines[0]}', and not with '{Title}'");
        }

        var fields = lines.Skip(1).Select(static line => line.Split(' ')).ToLookup(static line => line[0]);
        return new HistoryManifest(
            new LogPosition(ulong.Parse(Single("sealed"), NumberStyles.HexNumber, CultureInfo.InvariantCulture)),
            ulong.Parse(Single("next"), CultureInfo.InvariantCulture),
            long.Parse(Single("began"), CultureInfo.InvariantCulture),
            [.. fields["pack"].Select(static line => new PackInfo(line[1], Number(line[2]), Number(line[3]), Number(line[4])))])
        {
            Clock = Number(Single("clock")),
            Work = fields["work"].SingleOrDefault() is { } work ? ParseWork(work) : null,
        };

        string Single(string name) => fields[name].SingleOrDefault() is [_, var value] ? value : throw new FormatException($"no {name}");

        static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

        static HistoryWork ParseWork(string[] line) => new((PackLevel)Number(line[1]),
            line[2] == "-" ? null : DatabaseId.TryParse(line[2], out var id) ? id : throw new FormatException($"'{line[2]}' is no id"),
            Serials(line[3]), Serials(line[4]));

        static IReadOnlyList<ulong> Serials(string text) => text == "-" ? []
            : [.. text.Split(',').Select(static serial => ulong.Parse(serial, CultureInfo.InvariantCulture))];
    }

    /// <summary>The text of the manifest; the same for the same content.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Title}\nsealed {Sealed.Value:x16}\nnext {NextPack}\nbegan {Began}\nclock {Clock}\n");
        foreach (var pack in Packs)
        {
            text.Append(CultureInfo.InvariantCulture, $"pack {pack.Name} {pack.Bytes} {pack.FirstTime} {pack.LastTime}\n");
        }

        if (Work is { } work)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"work {(int)work.Level} {work.Done?.ToString() ?? "-"} {Serials(work.Inputs)} {Serials(work.Outputs)}\n");
        }

        return text + EndLine(text.ToString());
    }

    private static string Serials(IReadOnlyList<ulong> serials) => serials.Count == 0 ? "-" : string.Join(',', serials);

    private static string EndLine(string before) =>
        string.Create(CultureInfo.InvariantCulture, $"end {Crc32C.Append(0, Encoding.UTF8.GetBytes(before)):x8}\n");
}
