using System.Text;
using Shoal.Sync.Configuration;

namespace Shoal.Sync.Tests.Configuration;

public sealed class GuideTests
{
    [Fact]
    public void The_guide_s_configuration_is_valid()
    {
        var guide = File.ReadAllText(Checkout.Combine("docs/guides/edge-sync.md"));
        var json = guide.Split("```json\n")[1].Split("```")[0];
        var source = SyncConfigurationReader.Read(Encoding.UTF8.GetBytes(json), static _ => "Host=127.0.0.1").Sources[0];
        Assert.Equal([RouteKind.Column, RouteKind.Column, RouteKind.Lookup, RouteKind.Broadcast],
            source.Tables.Select(static table => table.Route.Kind));
    }
}
