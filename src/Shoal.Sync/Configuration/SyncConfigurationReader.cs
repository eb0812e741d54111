using System.Text.Json;
using System.Text.RegularExpressions;

namespace Shoal.Sync.Configuration;

/// <summary>Reads a configuration file: JSON with comments, <c>${NAME}</c> from the environment.</summary>
/// <remarks>Errors: <see cref="SyncException"/> names the setting. No message repeats a value that may be secret.</remarks>
public static partial class SyncConfigurationReader
{
    private static readonly JsonDocumentOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true,
    };

    /// <param name="json">The file's content.</param>
    /// <param name="environment">Gives an environment variable, or null.</param>
    public static SyncConfiguration Read(ReadOnlyMemory<byte> json, Func<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        try
        {
            using var document = JsonDocument.Parse(json, Lenient);
            var root = new SettingsObject(document.RootElement, "the file", environment);
            var sources = root.Objects("sources").Select(Source).ToList();
            root.Finish();
            if (sources.DistinctBy(static source => source.Name).Count() < sources.Count)
            {
                throw new SyncException("two sources have the same name", "names tell their state apart");
            }

            return new SyncConfiguration(sources);
        }
        catch (JsonException error)
        {
            throw new SyncException($"the configuration is not valid JSON: {error.Message}", "see docs/guides/edge-sync.md", error);
        }
    }

    private static SourceSettings Source(SettingsObject settings)
    {
        var name = settings.Text("name");
        if (!SourceName().IsMatch(name))
        {
            throw settings.Wrong("name", "must be lower-case letters, digits and _");
        }

        var tenants = settings.Object("tenants");
        var database = tenants?.Text("database", "tenant-{tenant}") ?? "tenant-{tenant}";
        if (!database.Contains("{tenant}", StringComparison.Ordinal))
        {
            throw settings.Wrong("tenants.database", "must contain {tenant}, or tenants would share a database");
        }

        var query = tenants is not null && tenants.Has("from") ? tenants.Text("from") : null;
        var apply = settings.Object("apply");
        var queue = settings.Object("queue");

        // Without a PostgreSQL there is only the queue.
        var streams = settings.Has("connection") || queue is null;
        if (!streams && (settings.Has("tables") || settings.Has("slot") || settings.Has("publication") || query is not null))
        {
            throw settings.Wrong("connection", "is missing; without it there are only \"queue.tables\"");
        }

        var budget = settings.Object("walBudget");
        var verify = settings.Object("verify");
        var source = new SourceSettings
        {
            Name = name,
            Connection = streams ? ConnectionText.Parse(settings.Text("connection")) : "",
            Slot = Identifier(settings, "slot", "shoal_" + name),
            CreateSlot = settings.Flag("createSlot", otherwise: true),
            Publication = Identifier(settings, "publication", "shoal_" + name),
            CreatePublication = settings.Flag("createPublication", otherwise: true),
            TenantsQuery = query,
            DatabaseName = database,
            StateDatabase = settings.Text("stateDatabase", "sync-" + name.Replace('_', '-')),
            Apply = apply is null ? new ApplySettings() : Apply(apply),
            WalBudget = budget is null ? new WalBudgetSettings() : WalBudget(budget),
            Verify = verify is null ? new VerifySettings() : Verify(verify),
            Tables = streams ? [.. settings.Objects("tables").Select(Table)] : [],
            Queue = queue is null ? null : QueueSettingsReader.Read(queue),
            Jobs = settings.Has("jobs") ? [.. settings.Objects("jobs").Select(JobSettingsReader.Read)] : [],
        };
        tenants?.Finish();
        settings.Finish();
        if (source.Jobs.Count > 0 && (!streams || source.Jobs.DistinctBy(static job => job.Name).Count() < source.Jobs.Count))
        {
            throw settings.Wrong("jobs", streams ? "has two jobs of the same name" : "needs a \"connection\"");
        }

        if (source.Jobs.SelectMany(static job => job.Tables)
            .FirstOrDefault(name => !source.Tables.Any(table => JobSettings.IsName(name, table))) is { } unknown)
        {
            throw settings.Wrong("jobs", $"names a table \"{unknown}\" that is not in \"tables\"");
        }

        var twice = source.Tables.Select(static table => table.Destination)
            .Concat(source.Queue?.Tables.Select(static table => table.Name) ?? [])
                .GroupBy(static name => name, StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(static group => group.Count() > 1);
        return twice is null ? source : throw settings.Wrong("tables", $"has two tables that would be \"{twice.Key}\"; use \"rename\"");
    }

    private static ApplySettings Apply(SettingsObject settings)
    {
        var usual = new ApplySettings();
        var apply = new ApplySettings
        {
            Workers = settings.Number("workers", usual.Workers, 1),
            MaxRows = settings.Number("maxRows", usual.MaxRows, 1),
            MaxPendingRows = settings.Number("maxPendingRows", usual.MaxPendingRows, 1),
            MaxTransactionRows = settings.Number("maxTransactionRows", usual.MaxTransactionRows, 1),
            MaxDeadLetters = settings.Number("maxDeadLetters", usual.MaxDeadLetters, 0),
            StatusInterval = settings.Time("statusInterval", usual.StatusInterval),
            ResyncEvery = settings.Time("resyncEvery", usual.ResyncEvery),
            ResyncDelay = settings.Time("resyncDelay", usual.ResyncDelay),
            CommitWait = settings.Time("commitWait", usual.CommitWait),
        };
        settings.Finish();
        return apply;
    }

    private static WalBudgetSettings WalBudget(SettingsObject settings)
    {
        var usual = new WalBudgetSettings();
        var budget = new WalBudgetSettings
        {
            Size = settings.Size("size"),
            WarnPercent = settings.Number("warnPercent", usual.WarnPercent, 0),
            ShedPercent = settings.Number("shedPercent", usual.ShedPercent, 0),
            DropPercent = settings.Number("dropPercent", usual.DropPercent, 0),
            SlowAfter = settings.Time("slowAfter", usual.SlowAfter),
            DropsSlot = settings.Text("onExhausted", "hold") switch
            {
                "hold" => false,
                "dropSlotAndResync" => true,
                _ => throw settings.Wrong("onExhausted", "must be hold or dropSlotAndResync"),
            },
        };
        settings.Finish();
        return budget;
    }

    private static VerifySettings Verify(SettingsObject settings)
    {
        var verify = new VerifySettings
        {
            Every = settings.Time("every", TimeSpan.Zero),
            Repairs = settings.Flag("repair", otherwise: true),
            ShadowEvery = settings.Time("shadowEvery", TimeSpan.Zero),
        };
        settings.Finish();
        return verify;
    }

    private static TableSettings Table(SettingsObject settings)
    {
        var (schema, name) = TableName(settings, "table");
        var table = new TableSettings
        {
            Schema = schema,
            Name = name,
            Route = Route(settings),
            Destination = settings.Text("rename", name),
            Columns = settings.Texts("columns"),
            Indexes = settings.Texts("indexes"),
            DropRouteColumn = settings.Flag("dropRouteColumn", otherwise: false),
            AppliesTruncate = settings.Text("onTruncate", "apply") switch
            {
                "apply" => true,
                "ignore" => false,
                _ => throw settings.Wrong("onTruncate", "must be apply or ignore"),
            },
        };
        if (table.Destination.StartsWith("_sync_", StringComparison.OrdinalIgnoreCase)
            || table.Destination.StartsWith("sqlite_", StringComparison.OrdinalIgnoreCase))
        {
            throw settings.Wrong("rename", "must not begin with _sync_ or sqlite_");
        }

        settings.Finish();
        return table;
    }

    private static RouteSettings Route(SettingsObject table)
    {
        if (table.IsText("route"))
        {
            return table.Text("route") == "broadcast" ? new RouteSettings { Kind = RouteKind.Broadcast }
                : throw table.Wrong("route", "must be \"broadcast\" or an object");
        }

        var settings = table.Object("route") ?? throw table.Wrong("route", "is missing");
        RouteSettings route;
        if (settings.Has("single"))
        {
            route = new RouteSettings { Kind = RouteKind.Single, Tenant = settings.Text("single") };
        }
        else if (settings.Has("via"))
        {
            var (schema, name) = TableName(settings, "via");
            var on = settings.Text("on").Split('=', StringSplitOptions.TrimEntries);
            if (on.Length != 2)
            {
                throw settings.Wrong("on", "must be two columns: child_column = parent_column");
            }

            route = new RouteSettings
            {
                Kind = RouteKind.Lookup,
                Parent = schema + "." + name,
                ChildColumn = on[0],
                ParentColumn = on[1],
                Column = settings.Text("column"),
            };
        }
        else
        {
            route = new RouteSettings { Kind = RouteKind.Column, Column = settings.Text("column") };
        }

        settings.Finish();
        return route;
    }

    private static (string Schema, string Name) TableName(SettingsObject settings, string property)
    {
        var parts = settings.Text(property).Split('.');
        return parts.Length switch
        {
            1 => ("public", parts[0]),
            2 => (parts[0], parts[1]),
            _ => throw settings.Wrong(property, "must be schema.table"),
        };
    }

    private static string Identifier(SettingsObject settings, string property, string otherwise)
    {
        var name = settings.Text(property, otherwise);
        return SourceName().IsMatch(name) ? name : throw settings.Wrong(property, "must be lower-case letters, digits and _");
    }

    [GeneratedRegex("^[a-z0-9_]{1,60}$")]
    private static partial Regex SourceName();
}
