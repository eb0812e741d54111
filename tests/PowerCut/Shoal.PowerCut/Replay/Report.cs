namespace Shoal.PowerCut.Replay;

/// <summary>The sums over all cuts.</summary>
internal sealed class Report
{
    private int _unusable;
    private int _lost;
    private int _seenAndLost;
    private int _damaged;
    private int _noPrefix;
    private int _undeleted;
    private int _notRestored;
    private int _restored;

    public int Points { get; private set; }

    public int FailedPoints { get; private set; }

    public long DatabaseChecks { get; private set; }

    public TimeSpan Time { get; set; }

    public void Add(Verdict verdict)
    {
        Points++;
        FailedPoints += verdict.Failures().Any() ? 1 : 0;
        DatabaseChecks += verdict.Databases;
        _unusable += verdict.Unusable.Count;
        _lost += verdict.Lost.Count;
        _seenAndLost += verdict.SeenAndLost.Count;
        _damaged += verdict.Damaged.Count;
        _noPrefix += verdict.NoPrefix.Count;
        _undeleted += verdict.Undeleted.Count;
        _notRestored += verdict.NotRestored.Count;
        _restored += verdict.Restored;
    }

    /// <summary>Counts a failure that no point has.</summary>
    public void Fail()
    {
        Points++;
        FailedPoints++;
    }

    public void Add(Report other)
    {
        Points += other.Points;
        FailedPoints += other.FailedPoints;
        DatabaseChecks += other.DatabaseChecks;
        _unusable += other._unusable;
        _lost += other._lost;
        _seenAndLost += other._seenAndLost;
        _damaged += other._damaged;
        _noPrefix += other._noPrefix;
        _undeleted += other._undeleted;
        _notRestored += other._notRestored;
        _restored += other._restored;
        Time += other.Time;
    }

    public override string ToString() =>
        $"""
        {Points} points in {Time.TotalSeconds:0.0} s ({Points / Time.TotalSeconds:0.0} a second), {DatabaseChecks} database checks
        lost acknowledged writes {_lost}, seen and lost {_seenAndLost}, integrity failures {_damaged}, not a prefix {_noPrefix}, files not deleted {_undeleted}, unusable {_unusable}
        restored from history {_restored}, not as they were {_notRestored}
        """;
}
