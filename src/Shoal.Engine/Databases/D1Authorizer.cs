using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using Shoal.Protocol;
using Shoal.Sqlite.Connections;

namespace Shoal.Engine.Databases;

/// <summary>Lets user SQL do what Cloudflare D1 lets it do, and nothing else.</summary>
/// <remarks>
/// An allow-list: what it does not know it denies. Source: the D1 SQL reference and the open-source engine's own lists.
/// The engine's own statements run while it is off.
/// </remarks>
internal sealed class D1Authorizer : ISqliteAuthorizer
{
    // load_extension may be named but always fails: loading is off in every connection.
    private static readonly FrozenSet<string> Functions = BuildSet(
        """
        abs changes char coalesce concat concat_ws format glob hex ifnull iif instr last_insert_rowid length like
        likelihood likely lower ltrim max min nullif octet_length printf quote random randomblob replace round rtrim sign
        substr substring total_changes trim typeof unhex unicode unlikely upper zeroblob
        date time datetime julianday unixepoch strftime timediff current_date current_time current_timestamp
        avg count group_concat string_agg sum total
        row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
        acos acosh asin asinh atan atan2 atanh ceil cos cosh degrees exp floor ln log log2 mod pi pow radians sin sinh
        sqrt tan tanh trunc
        json jsonb json_array jsonb_array json_array_length json_extract jsonb_extract -> ->> json_insert jsonb_insert
        json_object jsonb_object json_patch jsonb_patch json_remove jsonb_remove json_replace jsonb_replace json_set
        jsonb_set json_type json_valid json_quote json_group_array jsonb_group_array json_group_object
        jsonb_group_object json_each json_tree
        match highlight bm25 snippet rtreecheck
        load_extension
        """);

    /// <summary>Harmless functions that D1 happens to refuse; allowed under relaxed compatibility.</summary>
    private static readonly FrozenSet<string> RelaxedFunctions = BuildSet(
        """
        ceiling power log10 json_pretty json_error_position json_array_insert jsonb_array_insert if unistr unistr_quote
        subtype sqlite_version sqlite_source_id fts5_source_id fts5_locale fts5_get_locale fts5_insttoken rtreenode
        rtreedepth jsonb_each jsonb_tree soundex
        """);

    private static readonly FrozenSet<string> WriterFunctions = BuildSet("changes total_changes last_insert_rowid");

    private static readonly FrozenSet<string> Modules = BuildSet("fts5 fts5vocab rtree rtree_i32");

    private static readonly FrozenSet<string> BooleanPragmas = BuildSet(
        """
        foreign_keys defer_foreign_keys case_sensitive_like ignore_check_constraints legacy_alter_table
        recursive_triggers reverse_unordered_selects
        """);

    private static readonly FrozenSet<string> BooleanWords = BuildSet("0 1 on off true false yes no");

    private static readonly SearchValues<byte> NumberBytes = SearchValues.Create("0123456789abcdefABCDEFxX"u8);

    private bool _active;
    private bool _strict;

    /// <summary>What the statement compiled last is like.</summary>
    public StatementTraits Traits { get; private set; }

    /// <summary>Whether the last denial was of BEGIN, COMMIT, SAVEPOINT or a relative.</summary>
    public bool DeniedTransaction { get; private set; }

    /// <summary>Whether the last denial was of a name starting with <c>_cf_</c>.</summary>
    public bool DeniedReservedName { get; private set; }

    /// <summary>User SQL follows.</summary>
    public void Enter(CompatibilityLevel compatibility)
    {
        _active = true;
        _strict = compatibility == CompatibilityLevel.Strict;
    }

    /// <summary>The engine's own SQL follows.</summary>
    public void Leave() => _active = false;

    /// <summary>The engine's own SQL follows until the result is disposed.</summary>
    public Suspension Suspend()
    {
        var suspension = new Suspension(this, _active);
        _active = false;
        return suspension;
    }

    /// <summary>Another statement is about to be compiled.</summary>
    public void BeginStatement()
    {
        Traits = StatementTraits.None;
        DeniedTransaction = false;
        DeniedReservedName = false;
    }

    /// <inheritdoc/>
    public bool Allows(AuthorizerAction action, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second,
        ReadOnlySpan<byte> schema)
    {
        if (!_active)
        {
            return true;
        }

        if (Is(schema, "temp"u8) && CreatesOrDrops(action))
        {
            return false;
        }

        switch (action)
        {
            case AuthorizerAction.Select or AuthorizerAction.Recursive or AuthorizerAction.Analyze
                or AuthorizerAction.Reindex:
                return true;
            case AuthorizerAction.Read or AuthorizerAction.Insert or AuthorizerAction.Update or AuthorizerAction.Delete:
                return AllowsTable(first);
            case AuthorizerAction.CreateTable or AuthorizerAction.CreateView or AuthorizerAction.DropTable
                or AuthorizerAction.DropView or AuthorizerAction.DropVirtualTable:
                return AllowsName(first);
            case AuthorizerAction.CreateIndex or AuthorizerAction.CreateTrigger or AuthorizerAction.DropIndex
                or AuthorizerAction.DropTrigger:
                return AllowsName(first) && AllowsName(second);
            case AuthorizerAction.AlterTable:
                Traits |= StatementTraits.Renames;
                return AllowsName(second);
            case AuthorizerAction.CreateVirtualTable:
                return AllowsName(first) && Contains(Modules, second);
            case AuthorizerAction.Function:
                return AllowsFunction(second);
            case AuthorizerAction.Pragma:
                return AllowsPragma(first, second);
            case AuthorizerAction.Transaction or AuthorizerAction.Savepoint:
                DeniedTransaction = true;
                return false;
            default:
                return false;
        }
    }

    private static FrozenSet<string> BuildSet(string words) =>
        words.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)
            .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static bool Contains(FrozenSet<string> set, ReadOnlySpan<byte> utf8)
    {
        Span<char> chars = stackalloc char[64];
        return utf8.Length <= chars.Length
            && Encoding.UTF8.TryGetChars(utf8, chars, out var length)
            && set.GetAlternateLookup<ReadOnlySpan<char>>().Contains(chars[..length]);
    }

    private static bool Is(ReadOnlySpan<byte> utf8, ReadOnlySpan<byte> other) =>
        Ascii.EqualsIgnoreCase(utf8, other);

    private static bool CreatesOrDrops(AuthorizerAction action) => action is AuthorizerAction.CreateTable
        or AuthorizerAction.CreateIndex or AuthorizerAction.CreateTrigger or AuthorizerAction.CreateView
        or AuthorizerAction.CreateVirtualTable or AuthorizerAction.DropTable or AuthorizerAction.DropIndex
        or AuthorizerAction.DropTrigger or AuthorizerAction.DropView or AuthorizerAction.DropVirtualTable;

    private bool AllowsTable(ReadOnlySpan<byte> name)
    {
        // SQLite says the name as the statement that used it first on this connection wrote it.
        if (name.Length >= 7 && Is(name[..7], "pragma_"u8))
        {
            Traits |= StatementTraits.NeedsWriter;
            if (Is(name, "pragma_optimize"u8))
            {
                Traits |= StatementTraits.Writes;
            }
        }

        return !Is(name, "sqlite_dbpage"u8) && AllowsName(name);
    }

    private bool AllowsName(ReadOnlySpan<byte> name)
    {
        if (name.Length >= 4 && Is(name[..4], "_cf_"u8))
        {
            DeniedReservedName = true;
            return false;
        }

        return true;
    }

    private bool AllowsFunction(ReadOnlySpan<byte> name)
    {
        if (Contains(WriterFunctions, name))
        {
            Traits |= StatementTraits.NeedsWriter;
        }

        // ALTER TABLE calls functions of its own (sqlite_rename_table, ...) that user SQL can not name.
        return Contains(Functions, name)
            || (!_strict && Contains(RelaxedFunctions, name))
            || (name.StartsWith("sqlite_"u8) && !name.StartsWith("sqlite_version"u8)
                && !name.StartsWith("sqlite_source"u8) && !name.StartsWith("sqlite_compile"u8)
                && !name.StartsWith("sqlite_log"u8) && !name.StartsWith("sqlite_offset"u8));
    }

    private bool AllowsPragma(ReadOnlySpan<byte> name, ReadOnlySpan<byte> argument)
    {
        // Many answer from the schema as the connection knows it; only the writer's is never stale.
        Traits |= StatementTraits.Pragma | StatementTraits.NeedsWriter;
        if (argument.Length >= 4 && Is(argument[..4], "_cf_"u8))
        {
            return false;
        }

        if (Contains(BooleanPragmas, name))
        {
            if (!argument.IsEmpty)
            {
                Traits |= StatementTraits.ChangesSettings;
            }

            return argument.IsEmpty || Contains(BooleanWords, argument);
        }

        if (Is(name, "table_list"u8) || Is(name, "foreign_key_check"u8))
        {
            return true;
        }

        if (Is(name, "quick_check"u8))
        {
            return true;
        }

        if (Is(name, "table_info"u8) || Is(name, "table_xinfo"u8) || Is(name, "index_list"u8)
            || Is(name, "index_info"u8) || Is(name, "index_xinfo"u8) || Is(name, "foreign_key_list"u8))
        {
            return !argument.IsEmpty;
        }

        if (Is(name, "optimize"u8))
        {
            Traits |= StatementTraits.Writes;
            return argument.IsEmpty || IsNumber(argument);
        }

        return argument.IsEmpty && (Is(name, "data_version"u8) || Is(name, "page_size"u8));
    }

    private static bool IsNumber(ReadOnlySpan<byte> text)
    {
        var digits = text[0] is (byte)'-' or (byte)'+' ? text[1..] : text;
        return !digits.IsEmpty && !digits.ContainsAnyExcept(NumberBytes);
    }

    /// <summary>Puts the authorizer back as it was.</summary>
    public readonly struct Suspension(D1Authorizer authorizer, bool wasActive) : IDisposable
    {
        public void Dispose() => authorizer._active = wasActive;
    }
}
