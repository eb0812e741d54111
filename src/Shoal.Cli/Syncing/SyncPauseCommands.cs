using Shoal.Cli.Configuration;
using Shoal.Cli.Output;
using Shoal.Sync;

namespace Shoal.Cli.Syncing;

/// <summary><c>shoal sync pause</c> and <c>resume</c>.</summary>
internal static class SyncPauseCommands
{
    public static CliCommand CreatePause(CliApplication application, TargetOptions options) => Create(application, options, pauses: true,
        new CliCommand("pause", "Ask the running sync to apply nothing until `resume`. PostgreSQL keeps its log meanwhile.",
            "sync pause shop.json", "sync pause shop.json --source shop"));

    public static CliCommand CreateResume(CliApplication application, TargetOptions options) => Create(application, options, pauses: false,
        new CliCommand("resume", "Let a paused sync go on where it was.", "sync resume shop.json", "sync resume shop.json --source shop"));

    private static CliCommand Create(CliApplication application, TargetOptions options, bool pauses, CliCommand command)
    {
        var input = new SyncInput();
        options.AddTo(command);
        input.AddTo(command);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            using var client = SyncInput.Connect(context);
            var names = new List<string>();
            foreach (var source in await input.ReadAsync(context, cancellationToken))
            {
                await SyncInput.GuardAsync(async () =>
                {
                    await new SyncInspector(source).PauseAsync(client, pauses, cancellationToken);
                    names.Add(source.Name);
                    return true;
                });
            }

            if (!context.Json)
            {
                context.Console.Out.WriteLine($"{(pauses ? "Paused" : "Goes on")}: {string.Join(", ", names)}.");
                return;
            }

            JsonOutput.Write(context.Console, writer =>
            {
                writer.WriteStartObject();
                writer.WriteBoolean("paused", pauses);
                writer.WriteStartArray("sources");
                foreach (var name in names)
                {
                    writer.WriteStringValue(name);
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
            });
        });
    }
}
