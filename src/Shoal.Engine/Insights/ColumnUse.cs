namespace Shoal.Engine.Insights;

/// <summary>How a statement uses the columns of one table: what an index could begin with.</summary>
internal sealed class ColumnUse
{
    private readonly List<string> _equal = [];
    private readonly List<string> _range = [];
    private readonly List<string> _order = [];

    /// <summary>Column lists worth trying, at most a dozen.</summary>
    public IEnumerable<string[]> Candidates()
    {
        List<string[]> lists =
        [
            [.. _equal, .. _range.Except(_equal).Take(1)],
            [.. _equal, .. _order.Except(_equal)],
            [.. _equal],
            .. _equal.Select(column => new[] { column }),
            .. _range.Select(column => new[] { column }),
            [.. _order],
        ];
        return lists.Where(list => list.Length is > 0 and <= 4).DistinctBy(list => string.Join('\0', list), StringComparer.Ordinal)
            .Take(12);
    }

    /// <summary>Reads a statement.</summary>
    /// <param name="tokens">The statement.</param>
    /// <param name="names">What the table is called in it.</param>
    /// <param name="columns">The table's columns.</param>
    public static ColumnUse Read(List<StatementToken> tokens, IReadOnlyCollection<string> names, IReadOnlyCollection<string> columns)
    {
        var use = new ColumnUse();
        var region = Region.Other;
        for (var index = 0; index < tokens.Count; index++)
        {
            var token = tokens[index];
            region = Next(region, tokens, index);
            if (region == Region.Other || token.Name is not { } name || Follows(tokens, index, "."))
            {
                continue;
            }

            var isQualified = index >= 2 && tokens[index - 1].Is(".");
            var column = columns.FirstOrDefault(each => each.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (column is null || (isQualified && !Contains(names, tokens[index - 2].Name)))
            {
                continue;
            }

            use.Add(column, region, tokens, isQualified ? index - 2 : index, index);
        }

        return use;
    }

    private void Add(string column, Region region, List<StatementToken> tokens, int first, int last)
    {
        if (region == Region.Order)
        {
            AddTo(_order, column);
            return;
        }

        var before = first > 0 ? tokens[first - 1].Text : "";
        var after = last + 1 < tokens.Count ? tokens[last + 1].Text.ToUpperInvariant() : "";
        if (after is "=" or "IS" or "IN" || (before == "=" && first > 1 && tokens[first - 2].Text is not ("<" or ">" or "!")))
        {
            AddTo(_equal, column);
        }
        else if (after is "<" or ">" or "BETWEEN" or "LIKE" or "GLOB" || before is "<" or ">")
        {
            AddTo(_range, column);
        }
    }

    private static void AddTo(List<string> list, string column)
    {
        if (!list.Contains(column))
        {
            list.Add(column);
        }
    }

    private static Region Next(Region region, List<StatementToken> tokens, int index) => tokens[index] switch
    {
        var token when token.IsAny("WHERE", "ON", "USING") => Region.Condition,
        var token when token.Is("BY") && index > 0 && tokens[index - 1].Is("ORDER") => Region.Order,
        var token when token.IsAny("SELECT", "SET", "VALUES", "FROM", "GROUP", "HAVING", "LIMIT", "RETURNING", "UNION", ";")
            => Region.Other,
        _ => region,
    };

    private static bool Follows(List<StatementToken> tokens, int index, string text) =>
        index + 1 < tokens.Count && tokens[index + 1].Is(text);

    private static bool Contains(IReadOnlyCollection<string> names, string? name) =>
        name is not null && names.Contains(name, StringComparer.OrdinalIgnoreCase);

    private enum Region
    {
        Other,
        Condition,
        Order,
    }
}
