using System.CommandLine;
using Npgsql;
using Shoal.Client;

namespace Shoal.Benchmarks.Sync;

/// <summary><c>push</c>: messages into the queue of a sync that listens, beside the same rows into PostgreSQL.</summary>
internal static class PushCommand
{
    public static Command Create()
    {
        var connection = new Option<string>("--connection") { Required = true };
        var listen = new Option<string>("--listen") { Required = true, Description = "where the sync listens" };
        var url = new Option<string>("--url") { Required = true };
        var token = new Option<string>("--token") { Required = true };
        var messages = new Option<int>("--messages") { DefaultValueFactory = static _ => 50_000 };
        var tenants = new Option<int>("--tenants") { DefaultValueFactory = static _ => 100 };
        var json = new Option<string?>("--json") { Description = "append the numbers to this file, one line per run" };
        var command = new Command("push", "Messages into the push queue.") { connection, listen, url, token, messages, tenants, json };
        command.SetAction(async (parsed, stop) =>
        {
            using var client = new ShoalClient(new ShoalClientOptions
            {
                Address = new Uri(parsed.GetValue(url)!), Token = parsed.GetValue(token)!, Account = "bench",
            });
            await using var postgres = NpgsqlDataSource.Create(parsed.GetValue(connection)!);
            var push = new SyncPush(postgres, client, new Uri(parsed.GetValue(listen)!), parsed.GetValue(tenants), parsed.GetValue(json));
            await push.RunAsync(parsed.GetValue(messages), stop);
        });
        return command;
    }
}
