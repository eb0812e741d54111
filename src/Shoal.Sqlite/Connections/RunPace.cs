namespace Shoal.Sqlite.Connections;

/// <summary>How a run gives way to others; the default never does.</summary>
/// <param name="YieldAt">Value of the stopwatch from which on <paramref name="MustYield"/> is asked.</param>
/// <param name="MustYield">
/// Given the stopwatch's value, 0 when statements are to be interrupted as <see cref="InterruptReason.Yielded"/>, otherwise when
/// to ask again; null for never. Called from within a run, and may not use the connection.
/// </param>
/// <param name="Pause">Called every few microseconds from within a run; it may wait, and may not use the connection.</param>
public readonly record struct RunPace(long YieldAt, Func<long, long>? MustYield, Action? Pause);
