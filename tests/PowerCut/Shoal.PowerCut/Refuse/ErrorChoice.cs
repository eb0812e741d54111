using Shoal.PowerCut.Model;

namespace Shoal.PowerCut.Refuse;

/// <summary>Which combinations of position and error are tried.</summary>
internal sealed class ErrorChoice
{
    private const string Once = "once";
    private const string Forever = "forever";
    private readonly int? _count;
    private readonly string[] _only;
    private readonly (string Operation, int Number, string Error, bool Forever)? _from;

    /// <param name="count">How many; null for all.</param>
    /// <param name="only">
    /// Words that must hold, apart by spaces: an operation, a sort of file, an error, once or forever. Empty for anything.
    /// </param>
    /// <param name="from">As a failure is reported, "write 5464 EIO forever": positions from this one on. Null for any.</param>
    /// <exception cref="ArgumentException">A text has another form.</exception>
    public ErrorChoice(int? count, string only, string? from)
    {
        _count = count;
        _only = only.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var known = Position.Words.Concat([Once, Forever]).ToArray();
        if (_only.FirstOrDefault(word => !known.Contains(word)) is { } unknown)
        {
            throw new ArgumentException($"--only {unknown}: the words are {string.Join(", ", known)}");
        }

        if (from is not null)
        {
            _from = ParseFrom(from) ?? throw new ArgumentException($"--from \"{from}\": it has the form \"write 5464 EIO forever\"");
        }
    }

    /// <summary>Those of a script with these operations; at least one.</summary>
    /// <exception cref="ArgumentException">Nothing fits.</exception>
    public IReadOnlyList<ErrorCase> Choose(IReadOnlyList<Position> positions, ulong seed)
    {
        var cases = (_from is { } from
            ? positions.Where(position => position.Operation == from.Operation && position.Number >= from.Number)
                .Select(position => new ErrorCase(position, from.Error, from.Forever))
            : positions.SelectMany(position => position.ListErrors().Select(error => new ErrorCase(position, error, Duration))))
            .Where(Allows).ToArray();
        if (cases.Length == 0)
        {
            throw new ArgumentException("--only and --from leave nothing to try");
        }

        return _count is not { } count ? cases : _from is not null ? [.. cases.Take(count)] : Mix(cases, count, new Chance(seed, 0xE44));
    }

    private bool? Duration => _only.Contains(Forever) ? true : _only.Contains(Once) ? false : null;

    private static (string Operation, int Number, string Error, bool Forever)? ParseFrom(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 4 && Position.Operations.Contains(words[0]) && int.TryParse(words[1], out var number)
            && Position.Errors.Contains(words[2]) && words[3] is (Once or Forever)
            ? (words[0], number, words[2], words[3] == Forever)
            : null;
    }

    private bool Allows(ErrorCase one) => Array.TrueForAll(_only, word => word == one.Position.Operation || word == one.Position.File
        || word == one.Error || word == Once || (word == Forever && one.Error != Position.Short));

    /// <summary>By chance, but as many of each sort of file and operation, as long as there are any.</summary>
    private static List<ErrorCase> Mix(ErrorCase[] cases, int count, Chance chance)
    {
        var sorts = cases.GroupBy(one => (one.Position.Operation, one.Position.File, one.Error))
            .Select(sort => new Queue<ErrorCase>(sort.OrderBy(_ => chance.Next()))).ToList();
        var chosen = new List<ErrorCase>();
        while (chosen.Count < count && sorts.Count > 0)
        {
            foreach (var sort in sorts)
            {
                chosen.Add(sort.Dequeue());
            }

            sorts.RemoveAll(sort => sort.Count == 0);
        }

        return chosen[..Math.Min(count, chosen.Count)];
    }
}
