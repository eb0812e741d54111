using System.CommandLine;
using Shoal.Load.Report;

namespace Shoal.Load.Http;

/// <summary><c>http</c>: one run against one URL; a report line, and the numbers as JSON.</summary>
internal static class HttpCommand
{
    public static Command Create()
    {
        var url = new Option<string>("--url") { Required = true, Description = "http:// URL; {name} is a variable" };
        var method = new Option<string>("--method") { DefaultValueFactory = static _ => "POST" };
        var header = new Option<string[]>("--header") { Description = "a header line; may be repeated" };
        var body = new Option<string?>("--body") { Description = "JSON body; {name} is a variable" };
        var vary = new Option<string[]>("--vary") { Description = "a variable: name=1..1000 or name=@file" };
        var expect = new Option<string?>("--expect") { Description = "text that every response must hold" };
        var connections = new Option<int>("--connections") { DefaultValueFactory = static _ => 1 };
        var rate = new Option<double>("--rate") { Description = "requests per second at most; default as many as are answered" };
        var polite = new Option<bool>("--polite") { Description = "offer the processor after each response" };
        var threads = new Option<int>("--threads") { DefaultValueFactory = static _ => 1 };
        var warmUp = new Option<double>("--warm-up") { DefaultValueFactory = static _ => 2, Description = "seconds" };
        var duration = new Option<double>("--duration") { DefaultValueFactory = static _ => 5, Description = "seconds" };
        var coolDown = new Option<double>("--cool-down") { Description = "seconds of load that are not measured any more; default 0" };
        var seed = new Option<int>("--seed") { DefaultValueFactory = static _ => 1 };
        var process = new Option<int>("--server-pid") { Description = "take the CPU time of this process, too" };
        var json = new Option<string?>("--json") { Description = "append the numbers to this file, one line" };
        var label = new Option<string>("--label") { DefaultValueFactory = static _ => "http", Description = "what this run measures" };
        var command = new Command("http", "Sends the same kind of request over and over.")
        {
            url, method, header, body, vary, expect, connections, rate, polite, threads, warmUp, duration, coolDown, seed, process, json, label,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var options = new LoadOptions
            {
                Url = parsed.GetValue(url)!,
                Method = parsed.GetValue(method)!,
                Headers = parsed.GetValue(header) ?? [],
                Body = parsed.GetValue(body),
                Variables = parsed.GetValue(vary) ?? [],
                Expect = parsed.GetValue(expect),
                Connections = parsed.GetValue(connections),
                Rate = parsed.GetValue(rate),
                IsPolite = parsed.GetValue(polite),
                Threads = parsed.GetValue(threads),
                WarmUp = TimeSpan.FromSeconds(parsed.GetValue(warmUp)),
                Duration = TimeSpan.FromSeconds(parsed.GetValue(duration)),
                CoolDown = TimeSpan.FromSeconds(parsed.GetValue(coolDown)),
                Seed = parsed.GetValue(seed),
                ServerProcess = parsed.GetValue(process),
            };
            try
            {
                var result = await LoadRun.RunAsync(options, cancellation);
                Console.WriteLine($"{parsed.GetValue(label),-34} {result}");
                Measurement.Append(parsed.GetValue(json), parsed.GetValue(label)!, result);
                return result is { Requests: > 0, Errors: 0 } ? 0 : 1;
            }
            catch (FormatException error)
            {
                await Console.Error.WriteLineAsync(error.Message);
                return 2;
            }
        });
        return command;
    }
}
