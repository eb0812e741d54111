using System.Net.Sockets;
using Npgsql;

namespace Shoal.Sync.Postgres;

/// <summary>How it shows that PostgreSQL, or the way to it, has failed.</summary>
internal static class LostConnection
{
    /// <summary>
    /// Whether an error says so. A connection that broke between two commands is "not open" to Npgsql, which is an error of the
    /// general kind: whose it is tells it apart from those of our own.
    /// </summary>
    public static bool Is(Exception error) =>
        error is NpgsqlException or IOException or SocketException or ObjectDisposedException or TimeoutException
            or InvalidOperationException { Source: "Npgsql" };
}
