using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Shoal.TestKit;

namespace Shoal.Server.Tests.Transfer;

/// <summary>Imports as wrangler does: init, upload, ingest, poll.</summary>
internal static class ImportClient
{
    public static async Task<JsonReply> ImportAsync(TestServer server, string id, string sql) =>
        await PollAsync(server, id, await IngestAsync(server, id, sql));

    public static async Task<JsonReply> IngestAsync(TestServer server, string id, string sql)
    {
        var init = await ActAsync(server, id, new() { ["action"] = "init", ["etag"] = Md5(sql) });
        await PutAsync(server, (string)init.Result!["upload_url"]!, sql);
        return await ActAsync(server, id,
            new() { ["action"] = "ingest", ["etag"] = Md5(sql), ["filename"] = (string?)init.Result["filename"] });
    }

    public static async Task<JsonReply> PollAsync(TestServer server, string id, JsonReply last)
    {
        do
        {
            last = await ActAsync(server, id,
                new() { ["action"] = "poll", ["current_bookmark"] = (string?)last.Result!["at_bookmark"] });
        }
        while ((string?)last.Result!["status"] == "active");
        return last;
    }

    public static Task<JsonReply> ActAsync(TestServer server, string id, JsonObject body) =>
        server.Client.PostAsync($"{server.Client.Databases}/{id}/import", body.ToJsonString());

    /// <summary>As wrangler uploads: no token, no content type.</summary>
    public static Task<HttpResponseMessage> PutAsync(TestServer server, string url, string text) =>
        server.ClientWith(token: null).Http.PutAsync(url, new ByteArrayContent(Encoding.UTF8.GetBytes(text)));

#pragma warning disable CA5351 // the protocol's checksum
    public static string Md5(string text) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5351
}
