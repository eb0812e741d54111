namespace Shoal.Engine.Usage;

/// <summary>What rows of usage are told apart by.</summary>
[Flags]
public enum UsageGrouping
{
    /// <summary>Nothing: one row.</summary>
    None = 0,

    /// <summary>The database.</summary>
    Database = 1,

    /// <summary>The token. Not together with <see cref="Statement"/>.</summary>
    Token = 2,

    /// <summary>The statement.</summary>
    Statement = 4,

    /// <summary>The hour, or the day where only days are left.</summary>
    Bucket = 8,

    /// <summary>The day, UTC. Says nothing more where <see cref="Bucket"/> is asked for, too.</summary>
    Day = 16,
}
