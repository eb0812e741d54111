namespace Shoal.Load.Http;

/// <summary>How much of a response has arrived.</summary>
internal enum ResponseStatus
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>All of it.</summary>
    Complete,

    /// <summary>This is not HTTP as a server should speak it.</summary>
    Malformed,
}
