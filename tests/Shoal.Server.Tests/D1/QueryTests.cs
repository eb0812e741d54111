using Shoal.TestKit;

namespace Shoal.Server.Tests.D1;

public sealed class QueryTests
{
    [Fact]
    public async Task A_query_gives_rows_as_objects_in_the_envelope()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.Client.CreateAsync("shop");

        var reply = await server.Client.QueryAsync(id, "SELECT 1 AS a, 'x' AS b");

        Assert.Equal(200, (int)reply.Status);
        Assert.StartsWith("""{"result":[{"results":[{"a":1,"b":"x"}],"success":true,"meta":{"served_by":"shoal",""", reply.Text,
            StringComparison.Ordinal);
        Assert.EndsWith("""}],"errors":[],"messages":[],"success":true}""", reply.Text, StringComparison.Ordinal);
        Assert.Equal("application/json; charset=UTF-8", reply.ContentHeaders.ContentType!.ToString());
    }
}
