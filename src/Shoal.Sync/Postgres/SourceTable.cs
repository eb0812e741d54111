namespace Shoal.Sync.Postgres;

/// <summary>A table as PostgreSQL's catalog describes it.</summary>
internal sealed record SourceTable
{
    /// <summary>Its number in PostgreSQL: stays when it is renamed, and is another when it is made anew.</summary>
    public required uint Oid { get; init; }

    public required string Schema { get; init; }

    public required string Name { get; init; }

    public required IReadOnlyList<SourceColumn> Columns { get; init; }

    /// <summary>Columns of the primary key, in its order; empty without one.</summary>
    public required IReadOnlyList<string> PrimaryKey { get; init; }

    public required ReplicaIdentity Identity { get; init; }

    /// <summary>Columns that come with the old row: of the primary key or of the identity's index.</summary>
    public required IReadOnlyList<string> IdentityColumns { get; init; }

    /// <summary>First columns of its indexes, for the advice to have one on the tenant column.</summary>
    public required IReadOnlyList<string> IndexedColumns { get; init; }

    /// <summary>Whether a plan made of the other one is still right.</summary>
    public bool IsAs(SourceTable other) => Oid == other.Oid && Identity == other.Identity && Columns.SequenceEqual(other.Columns)
        && PrimaryKey.SequenceEqual(other.PrimaryKey, StringComparer.Ordinal)
        && IdentityColumns.SequenceEqual(other.IdentityColumns, StringComparer.Ordinal);

    public SourceColumn? Find(string column) => Columns.FirstOrDefault(one => one.Name == column);

    /// <summary>Quoted, with its schema.</summary>
    public string Sql => Quote(Schema) + "." + Quote(Name);

    public static string Quote(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    public static string Literal(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
}
