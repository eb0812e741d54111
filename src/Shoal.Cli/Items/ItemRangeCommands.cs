using System.CommandLine;
using Shoal.Items.Operations;
using Shoal.Items.Values;

namespace Shoal.Cli.Items;

/// <summary><c>shoal items query</c> and <c>scan</c>: items of a partition in order, or all.</summary>
internal static class ItemRangeCommands
{
    public static CliCommand CreateQuery(CliApplication application, ItemsOptions options)
    {
        var table = ItemsOptions.Table();
        var condition = new Argument<string>("CONDITION") { Description = "A key condition, such as \"user = :u\"." };
        var index = new Option<string?>("--index") { Description = "An index to look in.", HelpName = "NAME" };
        var reverse = new Option<bool>("--reverse") { Description = "From the end to the start." };
        var range = new RangeOptions();
        var command = options.AddTo(
            new CliCommand("query", "Print the items of a partition in the order of their sort keys, a line each.",
            """items query carts '#u = :u' --names '{"#u": "user"}' --values '{":u": {"S": "ann"}}'""",
            """items query points 'sensor = :s' --plain --values '{":s": "room"}' --reverse --limit 10 --data ./data"""));
        command.Add(table);
        command.Add(condition);
        command.Add(index);
        command.Add(reverse);
        range.AddTo(command);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            var request = range.Request(context, context.Required(table)) with
            {
                KeyCondition = context.Required(condition),
                Index = context.Arguments.GetValue(index),
                Backward = context.Arguments.GetValue(reverse),
            };
            await range.ShowAsync(context, request, options, cancellationToken);
        });
    }

    public static CliCommand CreateScan(CliApplication application, ItemsOptions options)
    {
        var table = ItemsOptions.Table();
        var range = new RangeOptions();
        var command = options.AddTo(new CliCommand("scan", "Print the items of a table in no particular order, a line each.",
            "items scan carts",
            """items scan sessions --plain --filter 'contains(#u, :t)' --names '{"#u": "user"}' --values '{":t": "an"}' --data ./data"""));
        command.Add(table);
        range.AddTo(command);
        return application.Bind(command, (context, cancellationToken) =>
            range.ShowAsync(context, range.Request(context, context.Required(table)), options, cancellationToken));
    }

    /// <summary>What query and scan have in common.</summary>
    private sealed class RangeOptions
    {
        private readonly Option<int> _limit = new("--limit")
        {
            Description = "Items to print at most; 0 (default) for all.",
            HelpName = "N",
        };

        private readonly Option<string?> _filter = new("--filter")
        {
            Description = "Condition on items: price < :max.",
            HelpName = "EXPRESSION",
        };
        private readonly Option<string?> _names = new("--names") { Description = "Names of #placeholders, as JSON.", HelpName = "JSON" };
        private readonly Option<string?> _values = new("--values")
        {
            Description = "Values of :placeholders, as JSON.",
            HelpName = "JSON",
        };
        private readonly Option<bool> _plain = ItemCommands.Plain();

        public void AddTo(CliCommand command)
        {
            foreach (var option in (IEnumerable<Option>)[_limit, _filter, _names, _values, _plain])
            {
                command.Add(option);
            }
        }

        public QueryRequest Request(CommandContext context, string table)
        {
            var (names, values) = ItemText.Placeholders(context.Arguments.GetValue(_names), context.Arguments.GetValue(_values),
                context.Arguments.GetValue(_plain));
            return new QueryRequest { Table = table, Filter = context.Arguments.GetValue(_filter), Names = names, Values = values };
        }

        public async Task ShowAsync(CommandContext context, QueryRequest request, ItemsOptions options,
            CancellationToken cancellationToken)
        {
            var limit = context.Arguments.GetValue(_limit);
            if (limit < 0)
            {
                throw CliException.Usage($"--limit {limit} is less than 0", "give 0 for all items");
            }

            await using var target = await options.OpenAsync(context, create: false, cancellationToken);
            await target.FindTableAsync(request.Table, cancellationToken);
            var items = new List<Item>();
            Item? start = null;
            do
            {
                var page = await target.ReadAsync(request with { StartKey = start }, cancellationToken);
                items.AddRange(page.Items);
                start = page.LastKey;
            }
            while (start is not null && (limit == 0 || items.Count < limit));
            ItemText.Show(context, limit > 0 && items.Count > limit ? items[..limit] : items, context.Arguments.GetValue(_plain));
        }
    }
}
