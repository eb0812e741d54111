namespace Shoal.Items.Tables;

/// <summary>A second way to find a table's items.</summary>
public sealed record SecondaryIndex
{
    /// <summary>3 to 255 letters, digits, <c>_</c>, <c>.</c> and <c>-</c>; unique in its table.</summary>
    public required string Name { get; init; }

    /// <summary>Its key.</summary>
    public required KeySchema Key { get; init; }

    /// <summary>Whether it has the table's partition key (a local index).</summary>
    public bool IsLocal { get; init; }

    /// <summary>Which attributes it copies.</summary>
    public ProjectionKind Projection { get; init; }

    /// <summary>The attributes of <see cref="ProjectionKind.Include"/>.</summary>
    public IReadOnlyList<string> Included { get; init; } = [];

    /// <summary>How far it is.</summary>
    public IndexState State { get; init; }

    /// <summary>Read capacity as it was asked for; only shown.</summary>
    public long ReadUnits { get; init; }

    /// <summary>Write capacity as it was asked for; only shown.</summary>
    public long WriteUnits { get; init; }

    /// <summary>What its rows are stored under; unique in the database, never used again.</summary>
    public long Id { get; init; }
}
