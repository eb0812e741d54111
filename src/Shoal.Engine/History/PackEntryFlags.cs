namespace Shoal.Engine.History;

/// <summary>What is special about a block. Values are on disk.</summary>
[Flags]
internal enum PackEntryFlags
{
    None = 0,

    /// <summary>The first commit began in the block before.</summary>
    ContinuesBefore = 1,

    /// <summary>The last commit goes on in the next block.</summary>
    ContinuesAfter = 2,

    /// <summary>The first commit is the database's first one: before it there is a database as newly created.</summary>
    Born = 4,

    /// <summary>Not every commit between the first and the last is there.</summary>
    Sparse = 8,

    /// <summary>Compressed by Zstandard; by Brotli without, as version 1 of packs did.</summary>
    Zstandard = 16,
}
