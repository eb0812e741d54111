namespace Shoal.Client.Buffering;

/// <summary>What a replay of dead letters did.</summary>
/// <param name="Applied">Rows that are in the database now; their letters are removed.</param>
/// <param name="Failed">Rows that failed again; their letters stay, with the new error.</param>
/// <param name="Skipped">Letters that were not chosen.</param>
public sealed record DeadLetterReplay(int Applied, int Failed, int Skipped);
