using System.CommandLine;
using Shoal.Cli.Output;
using Shoal.Items.Operations;

namespace Shoal.Cli.Items;

/// <summary><c>shoal items put</c>, <c>get</c> and <c>delete</c>: one item by its key.</summary>
internal static class ItemCommands
{
    public static CliCommand CreatePut(CliApplication application, ItemsOptions options)
    {
        var table = ItemsOptions.Table();
        var item = new Argument<string>("ITEM") { Description = "The item as JSON; - for standard input." };
        var typed = Typed();
        var ifAbsent = new Option<bool>("--if-absent") { Description = "Fail when an item with its key is there." };
        var command = options.AddTo(new CliCommand("put", "Put an item in the place of what is there.",
            """items put sessions '{"id":"a1","user":"ann","expires":1800000000}' --data ./data""",
            """items put sessions '{"id":{"S":"a1"},"tags":{"SS":["x","y"]}}' --typed --data ./data""",
            "items put sessions - --if-absent --data ./data"));
        command.Add(table);
        command.Add(item);
        command.Add(typed);
        command.Add(ifAbsent);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var text = context.Required(item);
            var parsed = ItemText.Parse(
                text == "-" ? await context.Console.ReadToEndAsync(cancellationToken) : text, context.Arguments.GetValue(typed));
            await using var folder = await options.OpenAsync(context, create: false, cancellationToken);
            var found = await folder.FindAsync(context.Required(table), cancellationToken);
            var old = await folder.Store.PutAsync(found.Name, parsed,
                context.Arguments.GetValue(ifAbsent)
                    ? new WriteOptions { Condition = "attribute_not_exists(#k)", Names = new Dictionary<string, string>(StringComparer.Ordinal) { ["#k"] = found.Key.Partition.Name } }
                    : new WriteOptions(),
                cancellationToken);
            Report(context, old is null ? "Added" : "Replaced", "replaced", old is not null);
        });
    }

    public static CliCommand CreateGet(CliApplication application, ItemsOptions options)
    {
        var (table, partition, sort) = (ItemsOptions.Table(), Partition(), Sort());
        var typed = Typed();
        var command = options.AddTo(new CliCommand("get", "Show an item by its key.",
            "items get sessions a1 --data ./data",
            "items get points sensor-1 1763690000 --typed --data ./data"));
        command.Add(table);
        command.Add(partition);
        command.Add(sort);
        command.Add(typed);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            await using var folder = await options.OpenAsync(context, create: false, cancellationToken);
            var found = await folder.FindAsync(context.Required(table), cancellationToken);
            var key = ItemText.Key(found, context.Required(partition), context.Arguments.GetValue(sort));
            var item = await folder.Store.GetAsync(found.Name, key, cancellationToken)
                ?? throw new CliException($"there is no item with this key in {found.Name}", $"see `shoal items scan {found.Name}`");
            JsonOutput.Write(context.Console, writer => ItemText.Write(writer, item, context.Arguments.GetValue(typed)));
        });
    }

    public static CliCommand CreateDelete(CliApplication application, ItemsOptions options)
    {
        var (table, partition, sort) = (ItemsOptions.Table(), Partition(), Sort());
        var command = options.AddTo(new CliCommand("delete", "Delete an item by its key.",
            "items delete sessions a1 --data ./data",
            "items delete points sensor-1 1763690000 --data ./data"));
        command.Add(table);
        command.Add(partition);
        command.Add(sort);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            await using var folder = await options.OpenAsync(context, create: false, cancellationToken);
            var found = await folder.FindAsync(context.Required(table), cancellationToken);
            var key = ItemText.Key(found, context.Required(partition), context.Arguments.GetValue(sort));
            var old = await folder.Store.DeleteAsync(found.Name, key, new WriteOptions(), cancellationToken);
            Report(context, old is null ? "There was none" : "Deleted", "deleted", old is not null);
        });
    }

    internal static Argument<string> Partition() => new("PARTITION") { Description = "Value of the partition key; bytes in hexadecimal." };

    internal static Option<bool> Typed() => new("--typed") { Description = "DynamoDB's JSON, with the type of each value." };

    private static Argument<string?> Sort() => new("SORT")
    {
        Description = "Value of the sort key, for tables that have one.",
        Arity = ArgumentArity.ZeroOrOne,
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
