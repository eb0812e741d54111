using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Shoal.TestKit;

/// <summary>Ports for programs that must be told theirs before they listen, or keep it over a restart.</summary>
/// <remarks>
/// From below those that the kernel gives to who asks for any port and to connections: one of those may go to somebody else between
/// the choice and the listening. Thread: safe.
/// </remarks>
public static class FreePort
{
    private const int First = 20_000;
    private const int AttemptsMax = 1_000;

    private static readonly int Count = LowestOfKernel() - First;
    private static int s_last = Random.Shared.Next(1 << 20);

    /// <summary>A port of 127.0.0.1 that nobody listens on, and that this process has not given away lately.</summary>
    public static int Next()
    {
        for (var attempt = 1; ; attempt++)
        {
            // Where the kernel leaves none, one of its own is the best there is.
            var port = Count < AttemptsMax ? 0 : First + ((Interlocked.Increment(ref s_last) & int.MaxValue) % Count);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException) when (attempt < AttemptsMax)
            {
                // Somebody listens there: the next one.
                continue;
            }
        }
    }

    private static int LowestOfKernel()
    {
        const int Usual = 32_768;
        const string Range = "/proc/sys/net/ipv4/ip_local_port_range";
        return File.Exists(Range) ? Math.Min(Usual, int.Parse(File.ReadAllText(Range).Split('\t')[0], CultureInfo.InvariantCulture)) : Usual;
    }
}
