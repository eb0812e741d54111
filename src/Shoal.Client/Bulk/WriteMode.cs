namespace Shoal.Client.Bulk;

/// <summary>What happens to a row whose key is in the table already.</summary>
public sealed record WriteMode
{
    private WriteMode(WriteModeKind kind, IReadOnlyList<string> columns, string? version = null)
    {
        Kind = kind;
        Columns = columns;
        VersionColumn = version;
    }

    /// <summary>The row is refused.</summary>
    public static WriteMode Insert { get; } = new(WriteModeKind.Insert, []);

    /// <summary>The row in the table stays; other violations than of uniqueness are still refused.</summary>
    public static WriteMode Ignore { get; } = new(WriteModeKind.Ignore, []);

    /// <summary>
    /// The row in the table is deleted and a new one inserted: columns that are not written get their defaults, a hidden rowid
    /// changes. Prefer <see cref="Upsert"/>.
    /// </summary>
    public static WriteMode Replace { get; } = new(WriteModeKind.Replace, []);

    /// <summary>The rows with these keys are deleted. Only keys are sent.</summary>
    internal static WriteMode Delete { get; } = new(WriteModeKind.Delete, []);

    internal WriteModeKind Kind { get; }

    internal IReadOnlyList<string> Columns { get; }

    internal string? VersionColumn { get; }

    /// <summary>The row in the table gets the new values of these columns; of all that are no key, when none are named.</summary>
    public static WriteMode Upsert(params string[] columns) => new(WriteModeKind.Upsert, columns);

    /// <summary>As <see cref="Upsert"/>, but only where the new row's version is greater than the old one's.</summary>
    public static WriteMode UpdateIfNewer(string versionColumn, params string[] columns)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(versionColumn);
        return new WriteMode(WriteModeKind.UpdateIfNewer, columns, versionColumn);
    }
}
