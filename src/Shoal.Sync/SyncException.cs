namespace Shoal.Sync;

/// <summary>The sync can not do what was asked; carries what the user reads and can do about it.</summary>
public sealed class SyncException : Exception
{
    public SyncException(string message, string? hint = null, Exception? inner = null)
        : base(message, inner) => Hint = hint;

    /// <summary>What to do, with the command or SQL where there is one.</summary>
    public string? Hint { get; }
}
