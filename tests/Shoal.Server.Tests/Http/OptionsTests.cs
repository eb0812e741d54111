using Shoal.Server;

namespace Shoal.Server.Tests.Http;

public sealed class OptionsTests
{
    [Fact]
    public async Task All_mistakes_in_the_options_are_reported_at_once()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => ShoalServer.StartAsync(new ServerOptions
        {
            DataFolder = "",
            Urls = ["https://127.0.0.1:0", "ftp://127.0.0.1:0"],
            TlsKeyPath = "key.pem",
            QueryTimeout = TimeSpan.Zero,
            ConnectionsMax = 0,
        }));

        Assert.Contains("DataFolder must not be empty.", error.Message, StringComparison.Ordinal);
        Assert.Contains("\"https://127.0.0.1:0\" needs a certificate", error.Message, StringComparison.Ordinal);
        Assert.Contains("\"ftp://127.0.0.1:0\" must start with http:// or https://.", error.Message, StringComparison.Ordinal);
        Assert.Contains("TlsKeyPath needs TlsCertificatePath", error.Message, StringComparison.Ordinal);
        Assert.Contains("QueryTimeout must be greater than zero.", error.Message, StringComparison.Ordinal);
        Assert.Contains("ConnectionsMax must be greater than zero.", error.Message, StringComparison.Ordinal);
    }
}
