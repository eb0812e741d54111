using Shoal.Client.Batching;
using Shoal.Client.Bulk;

namespace Shoal.Client.Buffering;

/// <summary>A row that is not in the database, with all that is needed to write it later.</summary>
public sealed record DeadLetter
{
    /// <summary>Names it; also the token of its replay, which is applied once.</summary>
    public required string Id { get; init; }

    /// <summary>Name or id of the database.</summary>
    public required string Database { get; init; }

    /// <summary>The table.</summary>
    public required string Table { get; init; }

    /// <summary>The row.</summary>
    public required IReadOnlyList<DeadLetterColumn> Columns { get; init; }

    /// <summary>Why it is here: refused, not applied, or unknown.</summary>
    public required ItemStatus Status { get; init; }

    /// <summary>What kind of error it was.</summary>
    public required ShoalErrorKind ErrorKind { get; init; }

    /// <summary>What went wrong.</summary>
    public required string Error { get; init; }

    /// <summary>Times it was given up: 1, and one more for each replay that failed.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>When it was given up first.</summary>
    public required DateTimeOffset FirstAt { get; init; }

    /// <summary>When it was given up last.</summary>
    public required DateTimeOffset LastAt { get; init; }

    /// <summary>
    /// What was to happen to a key that is there: <c>Insert</c>, <c>Ignore</c>, <c>Replace</c>, <c>Upsert</c>,
    /// <c>UpdateIfNewer</c> or <c>Delete</c>.
    /// </summary>
    public required string Mode { get; init; }

    /// <summary>Columns that an upsert changes; empty for all that are no key.</summary>
    public IReadOnlyList<string> ModeColumns { get; init; } = [];

    /// <summary>The version column of <c>UpdateIfNewer</c>.</summary>
    public string? VersionColumn { get; init; }

    internal static DeadLetter Of<T>(TableMap<T> map, WriteMode mode, string database, FailedItem<T> failed, DateTimeOffset now) => new()
    {
        Id = BatchToken.NewScope(),
        Database = database,
        Table = map.Table,
        Columns = [.. map.Columns.Select(column => new DeadLetterColumn(column.Name, column.Value(failed.Item), column.IsKey))],
        Status = failed.Status,
        ErrorKind = failed.Error.Kind,
        Error = failed.Error.Reason,
        FirstAt = now,
        LastAt = now,
        Mode = mode.Kind.ToString(),
        ModeColumns = mode.Columns,
        VersionColumn = mode.VersionColumn,
    };

    internal WriteMode ToMode() => Enum.Parse<WriteModeKind>(Mode) switch
    {
        WriteModeKind.Insert => WriteMode.Insert,
        WriteModeKind.Ignore => WriteMode.Ignore,
        WriteModeKind.Replace => WriteMode.Replace,
        WriteModeKind.Upsert => WriteMode.Upsert([.. ModeColumns]),
        WriteModeKind.UpdateIfNewer => WriteMode.UpdateIfNewer(VersionColumn!, [.. ModeColumns]),
        WriteModeKind.Delete => WriteMode.Delete,
    };

    internal TableMap<SqlValue[]> ToMap()
    {
        var map = new TableMap<SqlValue[]>(Table);
        for (var index = 0; index < Columns.Count; index++)
        {
            var at = index;
            map = Columns[at].IsKey ? map.Key(Columns[at].Name, row => row[at]) : map.Column(Columns[at].Name, row => row[at]);
        }

        return map;
    }
}
