using System.CommandLine;
using Shoal.Items;
using Shoal.Items.Operations;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Cli.Items;

/// <summary><c>shoal items query</c> and <c>scan</c>: items of a partition in order, or all.</summary>
internal static class ItemRangeCommands
{
    private const int DefaultLimit = 100;

    public static CliCommand CreateQuery(CliApplication application, ItemsOptions options)
    {
        var (table, partition) = (ItemsOptions.Table(), ItemCommands.Partition());
        var (from, to, prefix) = (Bound("--from", "Least sort key."), Bound("--to", "Greatest sort key."), Bound("--prefix", "Start of the sort key."));
        var index = new Option<string?>("--index") { Description = "Query an index instead of the table.", HelpName = "NAME" };
        var backward = new Option<bool>("--backward") { Description = "From the greatest sort key to the least." };
        var shared = new RangeOptions();
        var command = options.AddTo(new CliCommand("query", "Show items of one partition in the order of their sort keys.",
            "items query points sensor-1 --from 1763690000 --backward --limit 10 --data ./data",
            """items query carts ann --prefix book# --filter 'price < :max' --values '{":max":20}' --data ./data"""));
        command.Add(table);
        command.Add(partition);
        foreach (var option in (IEnumerable<Option>)[from, to, prefix, index, backward])
        {
            command.Add(option);
        }

        shared.AddTo(command);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            await using var folder = await options.OpenAsync(context, create: false, cancellationToken);
            var found = await folder.FindAsync(context.Required(table), cancellationToken);
            var name = context.Arguments.GetValue(index);
            var key = name is null ? found.Key : (found.FindIndex(name)
                ?? throw new CliException($"the table \"{found.Name}\" has no index \"{name}\"", "see `shoal items list-tables --json`")).Key;
            var request = shared.Request(context, found.Name) with { Index = name, Backward = context.Arguments.GetValue(backward) };
            request = WithKey(request, key, context.Required(partition),
                context.Arguments.GetValue(from), context.Arguments.GetValue(to), context.Arguments.GetValue(prefix));
            await shared.ShowAsync(context, request, folder.Store.QueryAsync, cancellationToken);
        });
    }

    public static CliCommand CreateScan(CliApplication application, ItemsOptions options)
    {
        var table = ItemsOptions.Table();
        var shared = new RangeOptions();
        var command = options.AddTo(new CliCommand("scan", "Show items of a table in no particular order.",
            "items scan sessions --limit 20 --data ./data",
            """items scan sessions --filter 'contains(#u, :t)' --names '{"#u":"user"}' --values '{":t":"an"}' --data ./data"""));
        command.Add(table);
        shared.AddTo(command);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            await using var folder = await options.OpenAsync(context, create: false, cancellationToken);
            var found = await folder.FindAsync(context.Required(table), cancellationToken);
            await shared.ShowAsync(context, shared.Request(context, found.Name), folder.Store.ScanAsync, cancellationToken);
        });
    }

    private static Option<string?> Bound(string name, string description) => new(name) { Description = description, HelpName = "VALUE" };

    private static QueryRequest WithKey(QueryRequest request, KeySchema key, string partition, string? from, string? to, string? prefix)
    {
        var names = new Dictionary<string, string>(request.Names ?? new Dictionary<string, string>(), StringComparer.Ordinal)
        {
            ["#shoal_p"] = key.Partition.Name,
        };
        var values = new Dictionary<string, AttributeValue>(request.Values ?? new Dictionary<string, AttributeValue>(), StringComparer.Ordinal)
        {
            [":shoal_p"] = ItemText.Value(key.Partition, partition),
        };
        var condition = "#shoal_p = :shoal_p";
        if ((from ?? to ?? prefix) is not null)
        {
            var sort = key.Sort ?? throw CliException.Usage("there is no sort key to look at", "drop --from, --to and --prefix");
            names["#shoal_s"] = sort.Name;
            condition += (from, to, prefix) switch
            {
                (null, null, not null) => " AND begins_with(#shoal_s, :shoal_a)",
                (not null, not null, null) => " AND #shoal_s BETWEEN :shoal_a AND :shoal_b",
                (not null, null, null) => " AND #shoal_s >= :shoal_a",
                (null, not null, null) => " AND #shoal_s <= :shoal_a",
                _ => throw CliException.Usage("--prefix goes with neither --from nor --to", "give one or the other"),
            };
            values[":shoal_a"] = ItemText.Value(sort, prefix ?? from ?? to!);
            if (from is not null && to is not null)
            {
                values[":shoal_b"] = ItemText.Value(sort, to);
            }
        }

        return request with { KeyCondition = condition, Names = names, Values = values };
    }

    /// <summary>What query and scan have in common.</summary>
    private sealed class RangeOptions
    {
        private readonly Option<int> _limit = new("--limit")
        {
            Description = $"Items to show at most; 0 for all. Default {DefaultLimit}.",
            HelpName = "N",
            DefaultValueFactory = static _ => DefaultLimit,
        };

        private readonly Option<string?> _filter = new("--filter") { Description = "Condition on items: price < :max.", HelpName = "EXPRESSION" };
        private readonly Option<string?> _names = new("--names") { Description = "Names of #placeholders, as JSON.", HelpName = "JSON" };
        private readonly Option<string?> _values = new("--values") { Description = "Values of :placeholders, as JSON.", HelpName = "JSON" };
        private readonly Option<bool> _typed = ItemCommands.Typed();

        public void AddTo(CliCommand command)
        {
            foreach (var option in (IEnumerable<Option>)[_limit, _filter, _names, _values, _typed])
            {
                command.Add(option);
            }
        }

        public QueryRequest Request(CommandContext context, string table)
        {
            var (names, values) = ItemText.Placeholders(context.Arguments.GetValue(_names), context.Arguments.GetValue(_values));
            return new QueryRequest { Table = table, Filter = context.Arguments.GetValue(_filter), Names = names, Values = values };
        }

        public async Task ShowAsync(CommandContext context, QueryRequest request, Func<QueryRequest, CancellationToken, Task<ItemPage>> read,
            CancellationToken cancellationToken)
        {
            var limit = context.Required(_limit);
            if (limit < 0)
            {
                throw CliException.Usage($"--limit {limit} is less than 0", "give 0 for all items");
            }

            var items = new List<Item>();
            var start = request.StartKey;
            do
            {
                var page = await read(request with { StartKey = start }, cancellationToken);
                items.AddRange(page.Items);
                start = page.LastKey;
            }
            while (start is not null && (limit == 0 || items.Count <= limit));
            var isCut = limit > 0 && items.Count > limit;
            ItemText.Show(context, isCut ? items[..limit] : items, context.Arguments.GetValue(_typed));
            if (isCut)
            {
                context.Console.Note($"There are more items; --limit 0 shows all.");
            }
        }
    }
}
