namespace Shoal.Client.Batching;

/// <summary>When a writer stops sending for a while. Items wait meanwhile; none is given up for it.</summary>
public sealed record BreakerOptions
{
    /// <summary>Failed requests in a row, to one database, after which that one pauses. Default 5; 0 never.</summary>
    public int DatabaseFailuresMax { get; init; } = 5;

    /// <summary>Failed requests in a row, to whichever database, after which all pause. Default 20; 0 never.</summary>
    public int FailuresMax { get; init; } = 20;

    /// <summary>How long the pause is. Then one request goes out, and its success ends it. Default 5 s.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(5);

    internal void Validate(List<string> wrong)
    {
        if (DatabaseFailuresMax < 0 || FailuresMax < 0 || Pause <= TimeSpan.Zero)
        {
            wrong.Add($"{nameof(DatabaseFailuresMax)} and {nameof(FailuresMax)} must not be negative, and {nameof(Pause)} more than zero");
        }
    }
}
