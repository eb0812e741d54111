namespace Shoal.Engine.History.Stores;

/// <summary>A store could not do what it was asked.</summary>
public sealed class ObjectStoreException : EngineException
{
    /// <param name="message">What was wrong; without secrets.</param>
    /// <param name="hint">What to do.</param>
    /// <param name="mayPass">Whether the same request may succeed a little later.</param>
    /// <param name="innerException">The cause.</param>
    public ObjectStoreException(string message, string? hint, bool mayPass, Exception? innerException = null)
        : base(mayPass ? EngineErrorKind.StorageUnavailable : EngineErrorKind.InvalidArgument, message, hint,
            innerException: innerException) =>
        MayPass = mayPass;

    /// <summary>Whether the same request may succeed a little later.</summary>
    public bool MayPass { get; }
}
