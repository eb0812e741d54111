using Shoal.Analyzers.Writes;

namespace Shoal.Cli.Lint;

/// <summary>Tells from its words whether a chain of calls writes one row.</summary>
internal static class WriteRules
{
    private static readonly HashSet<string> Ends = new(StringComparer.Ordinal)
    {
        "run", "all", "first", "raw", "exec", "insert", "update", "delete", "create", "upsert", "insertInto", "updateTable", "deleteFrom",
        "RunAsync", "ExecuteNonQuery", "ExecuteNonQueryAsync", "Execute", "ExecuteAsync", "SaveChanges", "SaveChangesAsync",
    };

    /// <summary>Whether a method's name may belong to a write.</summary>
    public static bool MayWrite(ReadOnlySpan<char> name) => Ends.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name);

    /// <summary>What a chain writes; null for no row, or for many.</summary>
    public static WriteRule? Of(SourceCode code, CallChain chain, RowLoop loop) =>
        IsDatabaseOfTurn(code, chain, loop) ? null
        : code.Language == SourceLanguage.CSharp ? CSharp(code, chain, loop) : JavaScript(code, chain);

    /// <summary>A database of its own in each turn is no batch of one database.</summary>
    private static bool IsDatabaseOfTurn(SourceCode code, CallChain chain, RowLoop loop) => chain.HasCall("prepare", "Prepare")
        && (chain.HasCall("database", "Database") || loop.Declares(code, chain.Root, chain.First));

    private static WriteRule? JavaScript(SourceCode code, CallChain chain)
    {
        var isRun = chain.IsAwaited || chain.HasCall("then", "execute", "run") || IsGivenToAll(code, chain);
        if (chain.LastCall("run", "all", "first", "raw") is var run and >= 0 && chain.Calls[run].Name is var name
            && (name != "run" || chain.IsEmpty(run)) && chain.LastCall("insert", "update", "delete") < 0)
        {
            var effect = Sql(code, chain);

            // Rows of an INSERT … RETURNING come by first() and all(); without SQL in sight only run() is sure to write.
            return effect == SqlEffect.OneRow || effect == SqlEffect.Unknown && name == "run" && chain.HasCall("prepare", "bind")
                ? WriteRule.D1 : null;
        }

        if (chain.LastCall("exec") is var exec and >= 0 && code.IsText(chain.Calls[exec].Open + 1))
        {
            return Effect(code, chain.Calls[exec].Open) == SqlEffect.OneRow ? WriteRule.D1 : null;
        }

        if (chain.HasCall("insertInto", "updateTable", "deleteFrom"))
        {
            return chain.HasCall("execute", "executeTakeFirst", "executeTakeFirstOrThrow") && !TakesMany(code, chain, "values")
                ? WriteRule.Kysely : null;
        }

        if (isRun && chain.LastCall("insert", "update", "delete") is var verb and >= 0 && !chain.IsEmpty(verb)
            && chain.HasCall("values", "set", "where") && !code.IsText(chain.Calls[verb].Open + 1))
        {
            return TakesMany(code, chain, "values") ? null : WriteRule.Drizzle;
        }

        return (chain.IsAwaited || chain.HasCall("then") || IsGivenToAll(code, chain)) && IsPrisma(code, chain) ? WriteRule.Prisma : null;
    }

    private static WriteRule? CSharp(SourceCode code, CallChain chain, RowLoop loop)
    {
        if (chain.HasCall("SaveChanges", "SaveChangesAsync"))
        {
            return SavesMany(code, chain, loop) ? null : WriteRule.SaveChanges;
        }

        if (chain.HasCall("RunAsync"))
        {
            var effect = Sql(code, chain);
            return effect == SqlEffect.OneRow
                || effect == SqlEffect.Unknown && chain.HasCall("Prepare", "Bind") ? WriteRule.Statement : null;
        }

        if (chain.HasCall("ExecuteNonQuery", "ExecuteNonQueryAsync"))
        {
            var isSqliteInTransaction = HasWord(code, static word => word.StartsWith("Sqlite", StringComparison.OrdinalIgnoreCase))
                && HasWord(code, static word => word.StartsWith("BeginTransaction", StringComparison.Ordinal));
            return isSqliteInTransaction || CommandText(code, chain.Root) == SqlEffect.NoRows ? null : WriteRule.Command;
        }

        return chain.LastCall("Execute", "ExecuteAsync") is var execute and >= 0 && code.IsText(chain.Calls[execute].Open + 1)
            && Effect(code, chain.Calls[execute].Open) == SqlEffect.OneRow ? WriteRule.Dapper : null;
    }

    /// <summary>What the SQL of a statement does: in its own chain, or where the variable that it begins with was prepared.</summary>
    private static SqlEffect Sql(SourceCode code, CallChain chain)
    {
        if (chain.LastCall("prepare", "Prepare") is var prepare and >= 0)
        {
            return Effect(code, chain.Calls[prepare].Open);
        }

        // The last place before the use where the name is given a prepared statement.
        for (var index = chain.First - 1; index > 0; index--)
        {
            if (!code.Is(index, "=") || !code.Text(index - 1).SequenceEqual(code.Text(chain.First)))
            {
                continue;
            }

            for (var next = index + 1; next < Math.Min(index + 30, code.Count - 1) && !code.Is(next, ";"); next++)
            {
                if (code.Text(next) is "prepare" or "Prepare" && code.Is(next + 1, "("))
                {
                    return Effect(code, next + 1);
                }
            }
        }

        return chain.HasCall("bind", "Bind") ? SqlEffect.Unknown : SqlEffect.NoRows;
    }

    /// <summary>What the SQL in the first argument does.</summary>
    private static SqlEffect Effect(SourceCode code, int open)
    {
        var close = code.Match(open);
        for (var index = open + 1; index < close; index++)
        {
            // A text that calls build is most likely one with many rows.
            if (code.IsText(index) && code[index].HasCalls || code.Is(index, "("))
            {
                return SqlEffect.ManyRows;
            }
        }

        var text = open + 1;
        if (!code.IsText(text))
        {
            return SqlEffect.Unknown;
        }

        var effect = SqlWords.Effect(code.Text(text).Trim("$@\"'` \t\r\n").ToString());
        return effect == SqlEffect.Unknown && text + 1 == close ? SqlEffect.NoRows : effect;
    }

    private static SqlEffect CommandText(SourceCode code, string command)
    {
        var found = SqlEffect.Unknown;
        for (var index = 0; index + 4 < code.Count; index++)
        {
            if (code.Is(index, command) && code.Is(index + 2, "CommandText") && code.Is(index + 3, "=") && code.IsText(index + 4))
            {
                var effect = SqlWords.Effect(code.Text(index + 4).Trim("$@\" \t\r\n").ToString());
                found = found == SqlEffect.OneRow ? found : effect;
            }
        }

        return found;
    }

    private static bool SavesMany(SourceCode code, CallChain chain, RowLoop loop)
    {
        for (var index = loop.First; index < chain.First; index++)
        {
            if (code.Text(index) is "for" or "foreach" or "while" or "ForEach" or "AddRange" or "AddRangeAsync" 
                or "UpdateRange" or "RemoveRange")
            {
                return true;
            }
        }

        return false;
    }

    private static bool TakesMany(SourceCode code, CallChain chain, string call)
    {
        if (chain.LastCall(call) is not (var number and >= 0))
        {
            return false;
        }

        var open = chain.Calls[number].Open;
        return code.Is(open + 1, "[") || code.HasWord(open, code.Match(open), static word =>
            word is "map" or "chunk" or "batch" or "slice" or "rows" or "flatMap");
    }

    private static bool IsPrisma(SourceCode code, CallChain chain)
    {
        if (chain.LastCall("create", "update", "upsert", "delete") is not (var call and >= 0))
        {
            return false;
        }

        // prisma.user.create({ data: … })
        var open = chain.Calls[call].Open;
        if (!code.Is(open + 1, "{") || !code.Is(open - 2, ".") || !code.IsWord(open - 3) || !code.Is(open - 4, "."))
        {
            return false;
        }

        for (var index = open + 2; index < code.Match(open); index++)
        {
            if (code.Parent(index) == open + 1 && code.Text(index) is "data" or "where"
                && (code.Is(index + 1, ":") || code.Is(index + 1, ",") || code.Is(index + 1, "}")))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the result of a callback goes to Promise.all, which waits for what has begun to run.</summary>
    private static bool IsGivenToAll(SourceCode code, CallChain chain)
    {
        for (int open = code.Parent(chain.First), depth = 0; open > 0 && depth < 6; open = code.Parent(open), depth++)
        {
            if (code.Is(open, "(") && code.Text(open - 1) is "all" or "allSettled" && code.Is(open - 3, "Promise"))
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasWord(SourceCode code, Func<string, bool> isWanted) => code.HasWord(0, code.Count - 1, isWanted);
}
