namespace Shoal.Sync.Streaming;

/// <summary>PostgreSQL has sent a commit, and does not show it to other connections.</summary>
internal sealed class CommitHiddenException() : Exception(
    "PostgreSQL has sent a commit that it does not show yet; does the commit wait for a standby, or for the sync itself "
    + "(synchronous_standby_names)?");
