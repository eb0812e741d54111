namespace Shoal.Engine.Usage;

/// <summary>One thing that rows of usage are ordered by.</summary>
/// <param name="By">What.</param>
/// <param name="IsAverage">Of a sum: divided by the row's <see cref="UsageOrderKey.Count"/>.</param>
/// <param name="IsDescending">Whether the largest comes first.</param>
public sealed record UsageOrder(UsageOrderKey By, bool IsAverage = false, bool IsDescending = false);
