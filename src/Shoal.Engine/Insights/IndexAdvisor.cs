using System.Text.RegularExpressions;

namespace Shoal.Engine.Insights;

/// <summary>Finds the index that a statement would use, by trying it on a copy.</summary>
internal static partial class IndexAdvisor
{
    private const string TrialName = "shoal_index_trial";

    /// <summary>The best index for a statement; null when its plan has no scan, or no index that was tried changes that.</summary>
    public static IndexTrial? Find(SchemaCopy copy, string sql)
    {
        if (copy.Plan(sql) is not { } plan)
        {
            return null;
        }

        var tokens = StatementToken.Read(sql);
        var trials = new List<IndexTrial>();
        var scanned = plan.Select(line => Scan().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value);
        foreach (var name in scanned)
        {
            if (TableOf(copy, tokens, name) is { } table)
            {
                var use = ColumnUse.Read(tokens, [name, table], copy.Tables[table]);
                trials.AddRange(use.Candidates().Select(columns => Try(copy, sql, plan, table, name, columns)).OfType<IndexTrial>());
            }
        }

        var best = trials.OrderBy(trial => trial.Scans).ThenByDescending(trial => trial.Constrained)
            .ThenBy(trial => trial.RowsPerLookUp ?? 0)
            .ThenByDescending(trial => trial.SortsLess).ThenBy(trial => trial.Columns.Count).FirstOrDefault();

        // Columns that the plan does not look up only cost, unless they spare the sort.
        return best is { SortsLess: false } && best.Constrained < best.Columns.Count && best.Constrained > 0
            ? Try(copy, sql, plan, best.Table, best.Table, [.. best.Columns.Take(best.Constrained)]) ?? best
            : best;
    }

    private static IndexTrial? Try(SchemaCopy copy, string sql, List<string> before, string table, string name, string[] columns) =>
        copy.WithIndex(TrialName, table, columns, () =>
        {
            if (copy.Plan(sql) is not { } plan || plan.Find(line => Search().IsMatch(line)) is not { } line)
            {
                return null;
            }

            // ANY(column): the plan jumps from value to value of a column that it knows nothing of. Another index fits better.
            if (line.Contains("ANY(", StringComparison.Ordinal))
            {
                return null;
            }

            var constrained = Search().Match(line).Groups[1].Value.Split(" AND ").Length;
            var sortsLess = plan.Count(IsSort) < before.Count(IsSort);
            return new IndexTrial(table, columns, constrained, copy.RowsPerKey(TrialName, constrained),
                plan.Count(static each => Scan().IsMatch(each)), sortsLess,
                line.Replace(TrialName, "the index", StringComparison.Ordinal));
        });

    private static bool IsSort(string line) => line.StartsWith("USE TEMP B-TREE", StringComparison.Ordinal);

    /// <summary>The table that a plan's name stands for: itself, or what the name is an alias of.</summary>
    private static string? TableOf(SchemaCopy copy, List<StatementToken> tokens, string name)
    {
        if (copy.Tables.Keys.FirstOrDefault(table => table.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } itself)
        {
            return itself;
        }

        for (var index = 1; index < tokens.Count; index++)
        {
            var before = tokens[index - 1].Is("AS") && index > 1 ? tokens[index - 2] : tokens[index - 1];
            if (name.Equals(tokens[index].Name, StringComparison.OrdinalIgnoreCase) && before.Name is { } table
                && copy.Tables.Keys.FirstOrDefault(each => each.Equals(table, StringComparison.OrdinalIgnoreCase)) is { } known)
            {
                return known;
            }
        }

        return null;
    }

    /// <summary>A whole table, or a whole index, is read; a loop over a list or a subquery is not meant.</summary>
    [GeneratedRegex(@"^SCAN (?!CONSTANT ROW)(\S+)")]
    private static partial Regex Scan();

    [GeneratedRegex(@"^SEARCH .*\b" + TrialName + @" \((.+)\)")]
    private static partial Regex Search();
}
