namespace Shoal.Engine.Insights;

/// <summary>Which table a statement writes.</summary>
internal static class WriteTarget
{
    /// <summary>The table's name; null when the statement does not write rows.</summary>
    public static string? Of(string sql)
    {
        var tokens = StatementToken.Read(sql);
        var verb = VerbIndex(tokens);
        if (verb < 0)
        {
            return null;
        }

        // INSERT OR IGNORE INTO t, REPLACE INTO t, DELETE FROM t, UPDATE OR IGNORE t; the schema "main" may stand before t.
        var table = tokens.FindIndex(verb, static token => token.IsAny("INTO", "FROM", "UPDATE")) + 1;
        if (table > 0 && table < tokens.Count && tokens[table].Is("OR"))
        {
            table += 2;
        }

        if (table > 0 && table + 2 < tokens.Count && tokens[table + 1].Is("."))
        {
            table += 2;
        }

        return table > 0 && table < tokens.Count ? tokens[table].Name : null;
    }

    /// <summary>Where the statement's verb is: at the begin, or behind the tables of WITH.</summary>
    private static int VerbIndex(List<StatementToken> tokens)
    {
        var depth = 0;
        for (var index = 0; index < tokens.Count; index++)
        {
            depth += tokens[index].Is("(") ? 1 : tokens[index].Is(")") ? -1 : 0;
            if (depth == 0 && tokens[index].IsAny("INSERT", "REPLACE", "UPDATE", "DELETE"))
            {
                return index;
            }

            if ((index == 0 && !tokens[0].Is("WITH")) || (depth == 0 && tokens[index].IsAny("SELECT", "VALUES")))
            {
                return -1;
            }
        }

        return -1;
    }
}
