namespace Shoal.Client.Batching;

/// <summary>Bounds rows per second, and raises the bound step by step, so that a service warms up.</summary>
/// <remarks>Source: the 500/50/5 rule of Firestore: 500 per second, half as many more every five minutes.</remarks>
public sealed record RateOptions
{
    /// <summary>Rows per second at the beginning. Default 500.</summary>
    public double RowsPerSecond { get; init; } = 500;

    /// <summary>By what the bound is multiplied at each step. Default 1.5; 1 keeps it.</summary>
    public double Growth { get; init; } = 1.5;

    /// <summary>Time between two steps. Default 5 minutes.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The bound never rises above this. Default 10,000.</summary>
    public double RowsPerSecondMax { get; init; } = 10_000;

    internal void Validate(List<string> wrong)
    {
        if (!(RowsPerSecond > 0) || !(Growth >= 1) || Every <= TimeSpan.Zero || !(RowsPerSecondMax >= RowsPerSecond))
        {
            wrong.Add($"{nameof(RowsPerSecond)} and {nameof(Every)} must be more than zero, {nameof(Growth)} at least 1, "
                + $"{nameof(RowsPerSecondMax)} at least {nameof(RowsPerSecond)}");
        }
    }
}
