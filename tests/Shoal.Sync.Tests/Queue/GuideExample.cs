using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;

namespace Shoal.Sync.Tests.Queue;

/// <summary>The examples of docs/guides/edge-sync-messages.md.</summary>
internal static class GuideExample
{
    public static async Task PushAsync(HttpClient http)
    {
        using var response = await http.PostAsJsonAsync("/sync/shop/messages", new
        {
            tenantId = "42",
            table = "feature_flags",
            operation = "update",
            version = 8,
            data = new { name = "new-checkout", enabled = false },
        });
        response.EnsureSuccessStatusCode();
    }

    public static async Task EmitAsync(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        await using var emit = new NpgsqlCommand("SELECT pg_logical_emit_message(true, 'shoal', $1)", connection, transaction);
        emit.Parameters.Add(new NpgsqlParameter
        {
            Value = JsonSerializer.Serialize(new
            {
                tenantId = "t1",
                table = "feature_flags",
                operation = "delete",
                data = new { name = "new-prices" },
            }),
        });
        await emit.ExecuteNonQueryAsync();
    }

    /// <summary>The blocks of a kind in the guide.</summary>
    public static string[] Blocks(string kind) => [.. File.ReadAllText(Checkout.Combine("docs/guides/edge-sync-messages.md"))
        .Split($"```{kind}\n").Skip(1).Select(static one => one.Split("\n```")[0])];

    /// <summary>This file, without the indentation of its methods.</summary>
    public static string Source => string.Join('\n', File.ReadAllText(Checkout.Combine("tests/Shoal.Sync.Tests/Queue/GuideExample.cs"))
        .Split('\n').Select(static line => line.Length > 8 ? line[8..] : line));
}
