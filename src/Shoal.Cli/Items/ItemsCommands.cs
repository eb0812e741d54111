using System.CommandLine;
using System.Text.Json;
using Shoal.Cli.Configuration;

namespace Shoal.Cli.Items;

/// <summary><c>shoal items</c>: tables and items of an items endpoint, as DynamoDB's JSON.</summary>
internal sealed class ItemsCommands
{
    private readonly CliApplication _application;
    private readonly TargetOptions _shared;
    private readonly ItemsOptions _options = new();
    private readonly Argument<string> _table = new("TABLE") { Description = "The table." };

    private ItemsCommands(CliApplication application, TargetOptions shared)
    {
        _application = application;
        _shared = shared;
    }

    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var commands = new ItemsCommands(application, options);
        var command = new CliCommand("items", "Work with items on a server's items endpoint.");
        command.Add(commands.CreateTable());
        command.Add(commands.CreateOne("put", "ITEM", "Put an item, given as DynamoDB's JSON.", "PutItem", "Item",
            """items put carts '{"user": {"S": "ann"}, "sku": {"S": "tea"}}'"""));
        command.Add(commands.CreateOne("get", "KEY", "Print the item with a key.", "GetItem", "Key",
            """items get carts '{"user": {"S": "ann"}, "sku": {"S": "tea"}}'"""));
        command.Add(commands.CreateQuery());
        command.Add(commands.CreatePages("scan", "Print all items of a table, a line each.", "items scan carts"));
        command.Add(commands.CreatePages("export", "Print all items of a table, a line each, for import.",
            "items export carts > carts.jsonl"));
        command.Add(commands.CreateImport());
        return command;
    }

    private CliCommand CreateTable()
    {
        var partition = new Option<string>("--partition")
        {
            Description = "The partition key's attribute, with its type S, N or B after a colon.",
            HelpName = "NAME[:TYPE]",
            Required = true,
        };
        var sort = new Option<string?>("--sort") { Description = "The sort key's, if there is one.", HelpName = "NAME[:TYPE]" };
        var command = New("create-table", "Create a table.", "items create-table carts --partition user --sort sku",
            "items create-table points --partition sensor --sort at:N");
        command.Add(partition);
        command.Add(sort);
        return _application.Bind(command, async (context, cancellationToken) =>
        {
            var keys = new List<(string Name, string Type, string Kind)> { Key(context.Required(partition), "HASH") };
            if (context.Arguments.GetValue(sort) is { } given)
            {
                keys.Add(Key(given, "RANGE"));
            }

            using var client = _options.Open(context);
            using var reply = await client.SendAsync("CreateTable", ItemsJson.Write(json =>
            {
                json.WriteString("TableName", context.Required(_table));
                json.WriteString("BillingMode", "PAY_PER_REQUEST");
                WriteKeys(json, "AttributeDefinitions", "AttributeType", keys.Select(static key => (key.Name, key.Type)));
                WriteKeys(json, "KeySchema", "KeyType", keys.Select(static key => (key.Name, key.Kind)));
            }), cancellationToken);
            context.Console.Note($"created table {context.Required(_table)}");
        });
    }

    private CliCommand CreateOne(string name, string argument, string description, string operation, string member, string example)
    {
        var given = new Argument<string>(argument) { Description = "DynamoDB's JSON: {\"name\": {\"S\": \"text\"}, …}" };
        var command = New(name, description, example);
        command.Add(given);
        return _application.Bind(command, async (context, cancellationToken) =>
        {
            using var client = _options.Open(context);
            using var reply = await client.SendAsync(operation, ItemsJson.Write(json =>
            {
                json.WriteString("TableName", context.Required(_table));
                json.WritePropertyName(member);
                json.WriteRawValue(ItemsJson.Check(context.Required(given)));
            }), cancellationToken);
            if (reply.RootElement.TryGetProperty("Item", out var item))
            {
                context.Console.Out.WriteLine(item.GetRawText());
            }
            else if (operation == "GetItem")
            {
                throw new CliException($"table {context.Required(_table)} has no item with that key");
            }
        });
    }

    private CliCommand CreateQuery()
    {
        var condition = new Argument<string>("CONDITION") { Description = "A key condition, such as \"user = :u\"." };
        var values = new Option<string>("--values")
        {
            Description = "Values by placeholder, as DynamoDB's JSON.",
            HelpName = "JSON",
            Required = true,
        };
        var names = new Option<string?>("--names") { Description = "Names by placeholder, as JSON.", HelpName = "JSON" };
        var index = new Option<string?>("--index") { Description = "An index to look in.", HelpName = "NAME" };
        var reverse = new Option<bool>("--reverse") { Description = "From the end to the start." };
        var command = New("query", "Print the items of a partition in the order of their sort keys, a line each.",
            """items query carts '#u = :u' --names '{"#u": "user"}' --values '{":u": {"S": "ann"}}'""");
        command.Add(condition);
        command.Add(values);
        command.Add(names);
        command.Add(index);
        command.Add(reverse);
        return _application.Bind(command, (context, cancellationToken) => PrintPagesAsync(context, "Query", json =>
        {
            json.WriteString("KeyConditionExpression", context.Required(condition));
            json.WritePropertyName("ExpressionAttributeValues");
            json.WriteRawValue(ItemsJson.Check(context.Required(values)));
            if (context.Arguments.GetValue(names) is { } given)
            {
                json.WritePropertyName("ExpressionAttributeNames");
                json.WriteRawValue(ItemsJson.Check(given));
            }

            if (context.Arguments.GetValue(index) is { } name)
            {
                json.WriteString("IndexName", name);
            }

            json.WriteBoolean("ScanIndexForward", !context.Arguments.GetValue(reverse));
        }, cancellationToken));
    }

    private CliCommand CreatePages(string name, string description, string example) =>
        _application.Bind(New(name, description, example),
            (context, cancellationToken) => PrintPagesAsync(context, "Scan", static _ => { }, cancellationToken));

    private CliCommand CreateImport()
    {
        var file = new Argument<string?>("FILE")
        {
            Description = "Lines of DynamoDB's JSON, an item each; default standard input.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = New("import", "Put items from a file, a line each. What was imported stays when a later line is refused.",
            "items import carts carts.jsonl");
        command.Add(file);
        return _application.Bind(command, async (context, cancellationToken) =>
        {
            using var client = _options.Open(context);
            using var input = context.Arguments.GetValue(file) is { } path
                ? new StreamReader(context.Console.FullPath(path)) : null;
            var import = new ItemsImport(client, context.Console, context.Required(_table));
            await import.RunAsync(input ?? context.Console.In, cancellationToken);
        });
    }

    private async Task PrintPagesAsync(CommandContext context, string operation, Action<Utf8JsonWriter> write,
        CancellationToken cancellationToken)
    {
        using var client = _options.Open(context);
        string? start = null;
        do
        {
            using var page = await client.SendAsync(operation, ItemsJson.Write(json =>
            {
                json.WriteString("TableName", context.Required(_table));
                write(json);
                if (start is not null)
                {
                    json.WritePropertyName("ExclusiveStartKey");
                    json.WriteRawValue(start);
                }
            }), cancellationToken);
            foreach (var item in page.RootElement.GetProperty("Items").EnumerateArray())
            {
                context.Console.Out.WriteLine(item.GetRawText());
            }

            start = page.RootElement.TryGetProperty("LastEvaluatedKey", out var last) ? last.GetRawText() : null;
        }
        while (start is not null);
    }

    private CliCommand New(string name, string description, params string[] examples)
    {
        var command = new CliCommand(name, description, examples);
        command.Add(_table);
        _options.AddTo(command);
        command.Add(_shared.Json);
        return command;
    }

    private static (string Name, string Type, string Kind) Key(string text, string kind)
    {
        var colon = text.LastIndexOf(':');
        var type = colon < 0 ? "S" : text[(colon + 1)..];
        return type is "S" or "N" or "B" ? (colon < 0 ? text : text[..colon], type, kind)
            : throw CliException.Usage($"{text} does not end with a type", "give S, N or B after the colon, as in at:N");
    }

    private static void WriteKeys(Utf8JsonWriter json, string list, string member, IEnumerable<(string Name, string Value)> keys)
    {
        json.WriteStartArray(list);
        foreach (var (name, value) in keys)
        {
            json.WriteStartObject();
            json.WriteString("AttributeName", name);
            json.WriteString(member, value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
