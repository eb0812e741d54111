namespace Shoal.PowerCut.Replay;

/// <summary>What was found after a cut.</summary>
internal sealed record Verdict
{
    /// <summary>Databases looked at.</summary>
    public int Databases { get; set; }

    /// <summary>Recovery itself failed, or a recovered database can not be used.</summary>
    public List<string> Unusable { get; init; } = [];

    /// <summary>Acknowledged commits, creations or deletions that are gone.</summary>
    public List<string> Lost { get; init; } = [];

    /// <summary>Commits that somebody was shown and that are gone.</summary>
    public List<string> SeenAndLost { get; init; } = [];

    /// <summary>SQLite's integrity check complains.</summary>
    public List<string> Damaged { get; init; } = [];

    /// <summary>The content is at no point of the database's history.</summary>
    public List<string> NoPrefix { get; init; } = [];

    /// <summary>Files of databases whose deletion was complete.</summary>
    public List<string> Undeleted { get; init; } = [];

    /// <summary>Commits that can not be restored, or not as they were.</summary>
    public List<string> NotRestored { get; init; } = [];

    /// <summary>Databases of which a past was restored.</summary>
    public int Restored { get; set; }

    public void Add(Verdict other)
    {
        Databases += other.Databases;
        Unusable.AddRange(other.Unusable);
        Lost.AddRange(other.Lost);
        SeenAndLost.AddRange(other.SeenAndLost);
        Damaged.AddRange(other.Damaged);
        NoPrefix.AddRange(other.NoPrefix);
        Undeleted.AddRange(other.Undeleted);
        NotRestored.AddRange(other.NotRestored);
        Restored += other.Restored;
    }

    public IEnumerable<string> Failures() =>
    [
        .. Unusable.Select(text => "unusable: " + text),
        .. Lost.Select(text => "lost: " + text),
        .. SeenAndLost.Select(text => "seen and lost: " + text),
        .. Damaged.Select(text => "damaged: " + text),
        .. NoPrefix.Select(text => "no prefix: " + text),
        .. Undeleted.Select(text => "undeleted: " + text),
        .. NotRestored.Select(text => "not restored: " + text),
    ];
}
