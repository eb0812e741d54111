namespace Shoal.PowerCut.Load;

/// <summary>What a <see cref="Mark"/> tells.</summary>
internal enum MarkKind
{
    /// <summary>A database was created: it must exist.</summary>
    Created = 1,

    /// <summary>A commit was acknowledged: it must be there.</summary>
    Committed = 2,

    /// <summary>A read's answer, or an error, showed a commit: it must be there.</summary>
    Seen = 3,

    /// <summary>A deletion was asked for: the database may be gone.</summary>
    Dropping = 4,

    /// <summary>A deletion was acknowledged: the database must be gone.</summary>
    Dropped = 5,

    /// <summary>VACUUM has run; it promises nothing.</summary>
    Vacuumed = 6,

    /// <summary>What was before VACUUM has been restored in place: the commit that did so must be there.</summary>
    Restored = 7,
}
