using Shoal.Protocol;

namespace Shoal.Engine;

/// <summary>The engine could not do what was asked; the root of everything it throws.</summary>
public class EngineException : Exception
{
    /// <summary>An error of a kind, with what to do about it.</summary>
    public EngineException(EngineErrorKind kind, string message, string? hint = null, DatabaseId? databaseId = null,
        Exception? innerException = null)
        : base(message, innerException)
    {
        Kind = kind;
        Hint = hint;
        DatabaseId = databaseId;
    }

    /// <summary>Why.</summary>
    public EngineErrorKind Kind { get; }

    /// <summary>Whether the same request may succeed later without any change.</summary>
    public bool IsTransient => Kind is EngineErrorKind.Overloaded or EngineErrorKind.StorageUnavailable
        or EngineErrorKind.ShuttingDown;

    /// <summary>What to do, with the command where there is one; null when the message says it all.</summary>
    public string? Hint { get; }

    /// <summary>The database concerned, if one is.</summary>
    public DatabaseId? DatabaseId { get; }
}
