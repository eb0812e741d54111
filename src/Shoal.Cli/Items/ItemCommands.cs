using System.CommandLine;
using Shoal.Cli.Output;

namespace Shoal.Cli.Items;

/// <summary><c>shoal items put</c>, <c>get</c> and <c>delete</c>: one item by its key.</summary>
internal static class ItemCommands
{
    public static CliCommand CreatePut(CliApplication application, ItemsOptions options)
    {
        var table = ItemsOptions.Table();
        var item = new Argument<string>("ITEM") { Description = "The item as JSON; - for standard input." };
        var plain = Plain();
        var ifAbsent = new Option<bool>("--if-absent") { Description = "Fail when an item with its key is there." };
        var command = options.AddTo(new CliCommand("put", "Put an item in the place of what is there.",
            """items put sessions '{"id": {"S": "a1"}, "tags": {"SS": ["x", "y"]}}'""",
            """items put sessions '{"id": "a1", "visits": 1}' --plain --data ./data""",
            "items put sessions - --if-absent"));
        command.Add(table);
        command.Add(item);
        command.Add(plain);
        command.Add(ifAbsent);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var text = context.Required(item);
            var parsed = ItemText.Parse(
                text == "-" ? await context.Console.ReadToEndAsync(cancellationToken) : text, context.Arguments.GetValue(plain));
            await using var items = await options.OpenAsync(context, create: false, cancellationToken);
            var found = await items.FindTableAsync(context.Required(table), cancellationToken);
            var replaced = await items.PutAsync(found, parsed, context.Arguments.GetValue(ifAbsent), cancellationToken);
            Report(context, replaced ? "Replaced" : "Added", "replaced", replaced);
        });
    }

    public static CliCommand CreateGet(CliApplication application, ItemsOptions options)
    {
        var (table, key) = (ItemsOptions.Table(), Key());
        var plain = Plain();
        var command = options.AddTo(new CliCommand("get", "Show an item by its key.",
            "items get points sensor-1 1763690000 --plain",
            """items get points '{"sensor": {"S": "sensor-1"}, "at": {"N": "1763690000"}}'""",
            "items get sessions a1 --data ./data"));
        command.Add(table);
        command.Add(key);
        command.Add(plain);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            await using var items = await options.OpenAsync(context, create: false, cancellationToken);
            var found = await items.FindTableAsync(context.Required(table), cancellationToken);
            var isPlain = context.Arguments.GetValue(plain);
            var item = await items.GetAsync(found, ItemText.Key(found, context.Required(key), isPlain), cancellationToken)
                ?? throw new CliException($"there is no item with this key in {found.Name}", $"see `shoal items scan {found.Name}`");
            JsonOutput.WriteLine(context.Console, writer => ItemText.Write(writer, item, isPlain));
        });
    }

    public static CliCommand CreateDelete(CliApplication application, ItemsOptions options)
    {
        var (table, key) = (ItemsOptions.Table(), Key());
        var command = options.AddTo(new CliCommand("delete", "Delete an item by its key.",
            "items delete points sensor-1 1763690000",
            "items delete sessions a1 --data ./data"));
        command.Add(table);
        command.Add(key);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            await using var items = await options.OpenAsync(context, create: false, cancellationToken);
            var found = await items.FindTableAsync(context.Required(table), cancellationToken);
            var deleted = await items.DeleteAsync(found, ItemText.Key(found, context.Required(key), plain: false), cancellationToken);
            Report(context, deleted ? "Deleted" : "There was none", "deleted", deleted);
        });
    }

    internal static Option<bool> Plain() =>
        new("--plain") { Description = "Plain JSON in the place of DynamoDB's, which has the type of each value." };

    private static Argument<string[]> Key() => new("KEY")
    {
        Description = "Value of the partition key and, if there is one, of the sort key, bytes in hexadecimal; or both as JSON.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static void Report(CommandContext context, string text, string name, bool value)
    {
        if (!context.Json)
        {
            context.Console.Out.WriteLine(text + ".");
            return;
        }

        JsonOutput.Write(context.Console, writer =>
        {
            writer.WriteStartObject();
            writer.WriteBoolean(name, value);
            writer.WriteEndObject();
        });
    }
}
