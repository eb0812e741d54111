using System.CommandLine;
using Shoal.Cli.Configuration;
using Shoal.Cli.Output;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Cli.Items;

/// <summary><c>shoal items</c>: tables and items of an items endpoint or of a data folder.</summary>
internal static class ItemsCommands
{
    public static CliCommand Create(CliApplication application, TargetOptions target)
    {
        var options = new ItemsOptions(target);
        return new CliCommand("items", "Work with items, DynamoDB's model, on a server's items endpoint or in a data folder.")
        {
            CreateTable(application, options),
            ListTables(application, options),
            ItemCommands.CreatePut(application, options),
            ItemCommands.CreateGet(application, options),
            ItemCommands.CreateDelete(application, options),
            ItemRangeCommands.CreateQuery(application, options),
            ItemRangeCommands.CreateScan(application, options),
            ItemImportCommand.Create(application, options),
            ItemExportCommand.Create(application, options),
        };
    }

    private static CliCommand CreateTable(CliApplication application, ItemsOptions options)
    {
        var table = ItemsOptions.Table();
        var partition = new Option<string>("--partition")
        {
            Description = "Partition key, with its type when that is not S: NAME, NAME:N or NAME:B.",
            HelpName = "KEY",
            Required = true,
        };
        var sort = new Option<string?>("--sort") { Description = "Sort key, in the same form; default none.", HelpName = "KEY" };
        var expiry = new Option<string?>("--ttl")
        {
            Description = "Attribute that holds the second of Unix time at which an item expires; default none.",
            HelpName = "NAME",
        };
        var stream = new Option<bool>("--stream") { Description = "Keep a stream of changes, with what was and what is." };
        var command = options.AddTo(new CliCommand("create-table",
            "Create a table; with --data, the folder and its database too when missing.",
            "items create-table sessions --partition id --ttl expires",
            "items create-table points --partition sensor --sort at:N --stream --data ./data"));
        command.Add(table);
        command.Add(partition);
        command.Add(sort);
        command.Add(expiry);
        command.Add(stream);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var key = new KeySchema(Definition(context.Required(partition)),
                context.Arguments.GetValue(sort) is { } text ? Definition(text) : null);
            if (key.Sort?.Name == key.Partition.Name)
            {
                throw CliException.Usage("the partition key and the sort key are the same attribute",
                    "name another attribute with --sort");
            }

            var name = context.Required(table);
            CheckName(name);
            await using var items = await options.OpenAsync(context, create: true, cancellationToken);
            var created = new ItemTable
            {
                Name = name,
                Key = key,
                Attributes = key.Attributes,
                PayPerRequest = true,
                TimeToLive = context.Arguments.GetValue(expiry),
                Stream = context.Arguments.GetValue(stream) ? StreamView.NewAndOldImages : null,
            };
            await items.CreateTableAsync(created, cancellationToken);
            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer => WriteTable(writer, created));
            }
            else
            {
                context.Console.Out.WriteLine($"Created the table {created.Name} with the key {Describe(created.Key)}.");
            }
        });
    }

    private static CliCommand ListTables(CliApplication application, ItemsOptions options)
    {
        var command = options.AddTo(new CliCommand("list-tables", "List the tables.", "items list-tables",
            "items list-tables --data ./data"));
        return application.Bind(command, async (context, cancellationToken) =>
        {
            await using var items = await options.OpenAsync(context, create: false, cancellationToken);
            var tables = await items.ListTablesAsync(cancellationToken);
            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer =>
                {
                    writer.WriteStartArray();
                    foreach (var table in tables)
                    {
                        WriteTable(writer, table);
                    }

                    writer.WriteEndArray();
                });
                return;
            }

            RowsOutput.Write(context.Console, ["name", "key", "stream"], tables.Select(static table => new object?[]
            {
                table.Name, Describe(table.Key), table.Stream is null ? "no" : "yes",
            }));
        });
    }

    private static void WriteTable(System.Text.Json.Utf8JsonWriter writer, ItemTable table)
    {
        writer.WriteStartObject();
        writer.WriteString("name", table.Name);
        writer.WriteString("partition", Describe(table.Key.Partition));
        writer.WriteString("sort", table.Key.Sort is { } sort ? Describe(sort) : null);
        writer.WriteBoolean("stream", table.Stream is not null);
        writer.WriteEndObject();
    }

    private static string Describe(KeySchema key) => string.Join(", ", key.Attributes.Select(Describe));

    private static string Describe(KeyDefinition key) => $"{key.Name}:{key.Type}";

    private static KeyDefinition Definition(string text)
    {
        var colon = text.LastIndexOf(':');
        var name = colon < 0 ? text : text[..colon];
        AttributeType? type = colon < 0 ? AttributeType.S : text[(colon + 1)..] switch
        {
            "S" => AttributeType.S,
            "N" => AttributeType.N,
            "B" => AttributeType.B,
            _ => null,
        };
        return type is { } known && name.Length is >= 1 and <= 255 ? new KeyDefinition(name, known)
            : throw CliException.Usage($"\"{text}\" is no key", "write NAME for a text, NAME:N for a number, NAME:B for bytes");
    }

    private static void CheckName(string name)
    {
        if (name.Length is < 3 or > 255 || name.Any(static one => !char.IsAsciiLetterOrDigit(one) && one is not ('_' or '.' or '-')))
        {
            throw CliException.Usage($"\"{name}\" is no name of a table", "use 3 to 255 letters, digits, _, . and -");
        }
    }
}
