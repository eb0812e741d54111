using System.Text;
using Shoal.Sync.Queue;

namespace Shoal.Sync.Tests.Queue;

public sealed class MessageReaderTests
{
    private const string Usual = """{"tenantId": "a", "table": "items", "operation": "upsert", "data": {"id": 1, "name": "x"}}""";

    private static readonly MessageReader Reader = NewReader();

    [Theory]
    [InlineData("M")]
    [InlineData("[M]")]
    [InlineData("{\"messages\": [M]}")]
    public void A_message_a_list_and_an_object_with_a_list_are_read(string shape)
    {
        var message = Assert.Single(Read(shape.Replace("M", Usual, StringComparison.Ordinal)));
        Assert.Equal(("a", "items", "1", PushOperation.Upsert), (message.Tenant, message.Table, message.Key, message.Operation));
        Assert.Equal("""{"id": 1, "name": "x"}""", message.Data);
    }

    [Theory]
    [InlineData("\"a\"", "7", "7")]
    [InlineData("\"a\"", "\"0e4f-x_Y\"", "0e4f-x_Y")]
    public void A_tenant_is_a_text_or_a_number(string good, string other, string tenant) =>
        Assert.Equal(tenant, Read(Usual.Replace(good, other, StringComparison.Ordinal))[0].Tenant);

    [Theory]
    [InlineData("\"items\"", "\"items; DROP TABLE items\"", "no table of messages")]
    [InlineData("\"items\"", "\"_sync_state\"", "there are flags, items")]
    [InlineData("\"name\"", "\"name = 1; --\"", "no column")]
    [InlineData("\"name\"", "\"NAME\"", "no column")]
    [InlineData("\"a\"", "\"../x\"", "tenantId")]
    [InlineData("\"a\"", "\"sync-push\"", "none of a tenant")]
    [InlineData("\"a\"", "\"SYNC-push\"", "none of a tenant")]
    [InlineData("\"a\"", "\"-a\"", "none of a tenant")]
    [InlineData("\"a\"", "\"\"", "tenantId")]
    [InlineData("\"a\"", "1.5", "tenantId")]
    [InlineData("\"a\"", "null", "tenantId")]
    [InlineData("upsert", "replace", "operation")]
    [InlineData("\"id\": 1", "\"id\": null", "id")]
    [InlineData("\"id\": 1,", "", "id")]
    [InlineData("\"id\": 1", "\"id\": 1.5", "whole number")]
    [InlineData("\"x\"", "true", "expected a text")]
    [InlineData("\"x\"", "\"\\ud800\"", "half a character")]
    [InlineData("\"name\"", "\"\\ud800\"", "")]
    [InlineData("{\"id\": 1, \"name\": \"x\"}", "[1]", "object of columns")]
    [InlineData("\"data\"", "\"dat\"", "no property")]
    [InlineData("\"tenantId\"", "\"version\": \"1\", \"tenantId\"", "version")]
    [InlineData("\"tenantId\"", "\"version\": 9223372036854775808, \"tenantId\"", "version")]
    [InlineData("\"tenantId\"", "\"delaySeconds\": 86401, \"tenantId\"", "delaySeconds")]
    [InlineData("\"tenantId\"", "\"delaySeconds\": -1, \"tenantId\"", "delaySeconds")]
    [InlineData("\"tenantId\"", "\"idempotencyKey\": \"\", \"tenantId\"", "idempotencyKey")]
    [InlineData("upsert\", \"data\": {\"id\": 1, \"name\": \"x\"}", "update\", \"data\": {\"id\": 1}", "besides the key")]
    [InlineData("}}", "}", "not JSON")]
    public void What_is_wrong_is_named(string good, string bad, string named)
    {
        Assert.Contains(good, Usual, StringComparison.Ordinal);
        var error = Assert.Throws<MessageRefusedException>(() => Read(Usual.Replace(good, bad, StringComparison.Ordinal)));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Hint);
    }

    [Fact]
    public void A_request_has_bounds()
    {
        Assert.Equal(100, Read($"[{string.Join(',', Enumerable.Repeat(Usual, 100))}]").Count);
        Assert.Throws<MessageRefusedException>(() => Read($"[{string.Join(',', Enumerable.Repeat(Usual, 101))}]"));
        Assert.Throws<MessageRefusedException>(() => Read("[]"));
        Assert.Throws<MessageRefusedException>(() => Read(Usual.Replace("\"x\"", $"\"{new string('x', 256 * 1024)}\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void Keys_of_several_columns_are_told_apart_whatever_they_hold()
    {
        string[] keys = [.. new[] { ("a\\u001f", "b"), ("a", "\\u001fb"), ("a\\\\s", "b"), ("a\\\\", "sb"), ("a", "b") }.Select(pair =>
            Read($$$"""{"tenantId": "a", "table": "flags", "operation": "delete", "data": {"scope": "{{{pair.Item1}}}", "name": "{{{pair.Item2}}}"}}""")[0].Key)];
        Assert.Equal(keys.Length, keys.Distinct(StringComparer.Ordinal).Count());
    }

    private static IReadOnlyList<PushMessage> Read(string body) => Reader.Read(Encoding.UTF8.GetBytes(body));

    private static MessageReader NewReader()
    {
        var settings = QueueFixture.Read(QueueFixture.Configuration(""));
        return new MessageReader(settings, settings.Queue!.Tables.ToDictionary(static table => table.Name, static table => new QueueTable(table)));
    }
}
