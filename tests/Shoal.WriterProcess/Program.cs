using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Shoal.Client;
using Shoal.Client.Buffering;
using Shoal.Client.Bulk;
using Shoal.TestKit;
using Shoal.WriterProcess;

// A process to be killed: a server, or a writer that prints the number of each row once the buffer has it.
// usage: server FOLDER | writer ADDRESS [SPOOL] | items FOLDER TABLE SEED
if (args[0] == "server")
{
    await using var server = await TestServer.StartAsync(options => options.DataFolder = args[1]);
    Console.WriteLine(server.Address);
    await Task.Delay(Timeout.Infinite);
}

if (args[0] == "items")
{
    await ItemWriters.RunAsync(args[1], args[2], int.Parse(args[3], CultureInfo.InvariantCulture));
}

using var client = new ShoalClient(new ShoalClientOptions { Address = new Uri(args[1]), Account = "acme", Token = TestServer.Token });
var map = new TableMap<long>("log").Column("n", static n => n);
var options = new WriteBufferOptions<long>
{
    BatchRowsMax = 7,

    // Few enough to be settled on any disk within the time that a close has.
    BufferedRowsMax = 700,
    Linger = TimeSpan.FromMilliseconds(5),
    LingerJitter = TimeSpan.Zero,
    SpoolFolder = args.Length > 2 ? args[2] : null,
    SpoolType = (JsonTypeInfo<long>)new JsonSerializerOptions { TypeInfoResolver = new DefaultJsonTypeInfoResolver() }.GetTypeInfo(typeof(long)),
};
var buffer = await WriteBuffer.OpenAsync(client, static n => n % 2 == 0 ? "even" : "odd", map, WriteMode.Insert, options);
for (long n = 0; ; n++)
{
    await buffer.AddAsync(n);
    Console.WriteLine(n.ToString(CultureInfo.InvariantCulture));
}
