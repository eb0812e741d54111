using System.Net.Sockets;
using Npgsql;

namespace Shoal.Sync.Postgres;

/// <summary>How it shows that PostgreSQL, or the way to it, has failed.</summary>
internal static class LostConnection
{
    /// <summary>
    /// Whether an error says so. A connection that broke between two commands is "not open" to Npgsql, which is an error of the
    /// general kind; one that breaks while a message is read or sent may be a null reference there (npgsql/npgsql#6630). Whose error
    /// it is tells it apart from those of our own.
    /// </summary>
    public static bool Is(Exception error) =>
        error is NpgsqlException or IOException or SocketException or ObjectDisposedException or TimeoutException
            or InvalidOperationException { Source: "Npgsql" } or NullReferenceException { Source: "Npgsql" };
}
