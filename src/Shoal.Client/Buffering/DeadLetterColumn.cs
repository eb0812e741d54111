namespace Shoal.Client.Buffering;

/// <summary>A value of a dead letter's row.</summary>
/// <param name="Name">The column.</param>
/// <param name="Value">What was to go into it.</param>
/// <param name="IsKey">Whether it belongs to the key.</param>
public sealed record DeadLetterColumn(string Name, SqlValue Value, bool IsKey);
