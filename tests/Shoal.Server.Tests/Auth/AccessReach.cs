namespace Shoal.Server.Tests.Auth;

/// <summary>What a route concerns, and so which tokens reach it.</summary>
public enum AccessReach
{
    /// <summary>All of an account.</summary>
    Account,

    /// <summary>The databases of an account that the token reaches.</summary>
    List,

    /// <summary>One database, named with its account.</summary>
    Database,

    /// <summary>One database, named by a binding.</summary>
    Binding,

    /// <summary>The caller.</summary>
    Caller,

    /// <summary>The node, with all its accounts.</summary>
    Everything,

    /// <summary>Tokens and what else an administrator sees.</summary>
    Admin,

    /// <summary>A file, for whom has its URL.</summary>
    Signed,

    /// <summary>Nothing that anybody may not know.</summary>
    Everybody,
}
