using System.CommandLine;

namespace Shoal.Load.Databases;

/// <summary><c>databases fill</c> and <c>databases verify</c>: many databases through the REST API, around a restart.</summary>
internal static class DatabasesCommand
{
    public static Command Create()
    {
        var url = new Option<string>("--url") { Required = true, Description = "the server, http://HOST:PORT" };
        var token = new Option<string>("--token") { Required = true };
        var ids = new Option<string>("--ids") { Required = true, Description = "file with the ids of the databases, one a line" };
        var count = new Option<int>("--count") { DefaultValueFactory = static _ => 10_000 };
        var clients = new Option<int>("--clients") { DefaultValueFactory = static _ => 32, Description = "requests at the same time" };
        var process = new Option<int>("--server-pid") { Description = "look at memory and descriptors of this process" };
        var json = new Option<string?>("--json") { Description = "append the numbers to this file, one line per phase" };
        var schema = new Option<string?>("--schema") { Description = "SQL that every database gets when it is created" };
        var bare = new Option<bool>("--no-rows") { Description = "create the databases and write no row" };
        var fill = new Command("fill", "Creates databases and writes one row in each; writes their ids to the file.")
        {
            url, token, ids, count, clients, process, json, schema, bare,
        };
        var verify = new Command("verify", "Reads the row of each database of the file.")
        {
            url, token, ids, clients, process, json,
        };
        fill.SetAction(async (parsed, cancellation) =>
        {
            using var scenario = new DatabasesScenario(parsed.GetValue(url)!, parsed.GetValue(token)!,
                parsed.GetValue(clients), parsed.GetValue(process), parsed.GetValue(json));
            await scenario.FillAsync(parsed.GetValue(ids)!, parsed.GetValue(count), parsed.GetValue(schema),
                writeRows: !parsed.GetValue(bare), cancellation);
        });
        verify.SetAction(async (parsed, cancellation) =>
        {
            using var scenario = new DatabasesScenario(parsed.GetValue(url)!, parsed.GetValue(token)!,
                parsed.GetValue(clients), parsed.GetValue(process), parsed.GetValue(json));
            return await scenario.VerifyAsync(parsed.GetValue(ids)!, cancellation);
        });
        return new Command("databases", "Many databases on one server.") { fill, verify };
    }
}
