using System.CommandLine;
using System.Text.Json;
using Shoal.Cli.Configuration;
using Shoal.Cli.Databases;
using Shoal.Cli.Output;
using Shoal.Engine.Insights;

namespace Shoal.Cli.Usage;

/// <summary><c>shoal insights</c>: statements that an index or batching would make cheaper.</summary>
internal static class InsightsCommand
{
    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var name = new Argument<string?>("NAME")
        {
            Description = "Name or id of a database. Default: all of the account.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = options.AddTo(new CliCommand("insights", "Show what would make the last week's statements cheaper.",
            "insights app", "insights", "insights app --json"));
        command.Add(name);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            var chosen = context.Arguments.GetValue(name);
            var database = chosen is null ? null : await DatabaseCommands.FindAsync(target, chosen, cancellationToken);
            var insights = await target.ReadInsightsAsync(database, cancellationToken);
            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer => Write(writer, insights));
                return;
            }

            var names = insights.Count == 0 ? []
                : (await target.ListDatabasesAsync(nameContains: null, cancellationToken)).ToDictionary(each => each.Id, each => each.Name);
            foreach (var insight in insights)
            {
                Write(context.Console, names.GetValueOrDefault(insight.Database, insight.Database.ToString()), insight);
            }

            context.Console.Note(insights.Count == 0
                ? "nothing to suggest: no statement of the last week reads far too much or writes row by row"
                : $"{Units.Count(insights.Count)} suggestion{(insights.Count == 1 ? "" : "s")}");
        });
    }

    private static void Write(CliConsole console, string database, Insight insight)
    {
        console.Out.WriteLine($"{database}: {insight.Summary}");
        foreach (var query in insight.Queries)
        {
            console.Out.WriteLine($"  statement: {query.Text}");
        }

        console.Out.WriteLine($"  {insight.Reasoning}");
        foreach (var suggestion in insight.Suggestions)
        {
            console.Out.WriteLine($"  -> {suggestion.Summary}");
            if (suggestion.Kind == InsightSuggestion.IndexCreation)
            {
                console.Out.WriteLine($"     {suggestion.Sql};");
            }
        }

        console.Out.WriteLine();
    }

    private static void Write(Utf8JsonWriter writer, IReadOnlyList<Insight> insights)
    {
        writer.WriteStartArray();
        foreach (var insight in insights)
        {
            writer.WriteStartObject();
            writer.WriteString("database_id", insight.Database.ToString());
            writer.WriteString("summary", insight.Summary);
            writer.WriteString("reasoning", insight.Reasoning);
            writer.WriteStartArray("suggestions");
            foreach (var suggestion in insight.Suggestions)
            {
                writer.WriteStartObject();
                writer.WriteString("kind", suggestion.Kind);
                writer.WriteString("sql", suggestion.Sql);
                writer.WriteString("summary", suggestion.Summary);
                writer.WriteStartObject("cost_impact");
                writer.WriteNumber("rows_read", suggestion.RowsRead);
                writer.WriteNumber("rows_written", suggestion.RowsWritten);
                writer.WriteNumber("query_duration_ms", suggestion.Duration.TotalMilliseconds);
                writer.WriteEndObject();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteStartArray("impacted_queries");
            foreach (var query in insight.Queries)
            {
                writer.WriteStartObject();
                writer.WriteString("id", query.Id);
                writer.WriteString("query", query.Text);
                writer.WriteNumber("cost", query.Cost);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
