namespace Shoal.Sqlite.Connections;

/// <summary>Decides what user SQL may do while it is being compiled.</summary>
public interface ISqliteAuthorizer
{
    /// <summary>Whether the action is allowed. Must not use the connection and must not throw.</summary>
    /// <param name="action">What the statement would do.</param>
    /// <param name="first">First argument of the action, UTF-8; empty when absent.</param>
    /// <param name="second">Second argument of the action, UTF-8; empty when absent.</param>
    /// <param name="schema">Schema (main, temp, …), UTF-8; empty when absent.</param>
    bool Allows(AuthorizerAction action, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second,
        ReadOnlySpan<byte> schema);
}
