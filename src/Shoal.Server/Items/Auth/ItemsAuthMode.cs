namespace Shoal.Server.Items.Auth;

/// <summary>How the items endpoint looks at signatures.</summary>
public enum ItemsAuthMode
{
    /// <summary>A request must be signed in form; the signature is not compared. Only on this machine's addresses.</summary>
    Format,

    /// <summary>Anything is let in, also without a signature. Only on this machine's addresses.</summary>
    None,

    /// <summary>The signature must be right, and not older than 15 minutes.</summary>
    Verify,
}
