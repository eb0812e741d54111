namespace Shoal.Client.Tests.Faults;

/// <summary>What happens to a request on its way.</summary>
internal enum Fault
{
    None,

    /// <summary>The connection is closed before the server hears of the request.</summary>
    CutBefore,

    /// <summary>The server answers, and the connection is closed instead.</summary>
    CutAfter,

    /// <summary>Half of the server's reply arrives.</summary>
    HalfReply,

    /// <summary>The server answers, and the reply never comes.</summary>
    Silence,

    /// <summary>The server gets the request twice, and the second reply arrives.</summary>
    Duplicate,

    /// <summary>Something in front of the server refuses the request.</summary>
    TooManyRequests,

    /// <summary>The same, without saying whether the server has heard of it; it has not.</summary>
    UnavailableBefore,

    /// <summary>The same, and it has.</summary>
    UnavailableAfter,
}
