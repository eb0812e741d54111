using Shoal.Sync.Queue;

namespace Shoal.Sync.Configuration;

/// <summary>Reads "queue" of a source.</summary>
internal static class QueueSettingsReader
{
    public static QueueSettings Read(SettingsObject settings)
    {
        var usual = new QueueSettings { Tables = [] };
        var queue = new QueueSettings
        {
            Tables = [.. settings.Objects("tables").Select(Table)],
            MaxBatch = settings.Number("maxBatch", usual.MaxBatch, 1),
            MaxWait = settings.Time("maxWait", usual.MaxWait),
            MaxRetries = settings.Number("maxRetries", usual.MaxRetries, 0),
            RetryDelay = settings.Time("retryDelay", usual.RetryDelay),
            MaxDepth = settings.Number("maxDepth", usual.MaxDepth, 1),
            RememberKeys = settings.Time("rememberKeys", usual.RememberKeys),
            RememberDeleted = settings.Time("rememberDeleted", usual.RememberDeleted),
            OutboxPrefix = settings.Text("outboxPrefix", usual.OutboxPrefix),
        };
        settings.Finish();
        if (queue.MaxBatch > QueueSettings.BatchMax)
        {
            throw settings.Wrong("maxBatch", "must be at most 100");
        }

        if (queue.MaxRetries > QueueSettings.RetriesMax)
        {
            throw settings.Wrong("maxRetries", "must be at most 100");
        }

        if (queue.MaxWait > QueueSettings.WaitMax)
        {
            throw settings.Wrong("maxWait", "must be at most 60s");
        }

        if (queue.RetryDelay > QueueSettings.DelayMax)
        {
            throw settings.Wrong("retryDelay", "must be at most 24h");
        }

        var twice = queue.Tables.GroupBy(static table => table.Name, StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(static group => group.Count() > 1);
        return twice is null ? queue : throw settings.Wrong("tables", $"has the table \"{twice.Key}\" twice");
    }

    private static QueueTableSettings Table(SettingsObject settings)
    {
        var name = settings.Text("table");
        if (name.Length == 0 || name.StartsWith("_sync_", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("sqlite_", StringComparison.OrdinalIgnoreCase))
        {
            throw settings.Wrong("table", "must not be empty or begin with _sync_ or sqlite_");
        }

        var key = settings.Text("key").Split(',', StringSplitOptions.TrimEntries);
        var columns = settings.Texts("columns");
        var indexes = settings.Texts("indexes");
        settings.Finish();
        foreach (var (column, type) in columns)
        {
            if (MessageTypes.Parse(type) is null)
            {
                throw settings.Wrong("columns." + column, $"is \"{type}\"; types are {MessageTypes.All}");
            }
        }

        foreach (var column in key)
        {
            if (!columns.TryGetValue(column, out var type))
            {
                throw settings.Wrong("key", $"names a column \"{column}\" that \"columns\" does not have");
            }

            if (type is not ("integer" or "text"))
            {
                throw settings.Wrong("key", $"has the column \"{column}\" of type {type}; keys are integer or text");
            }
        }

        if (columns.Keys.GroupBy(static one => one, StringComparer.OrdinalIgnoreCase).Any(static group => group.Count() > 1)
            || key.Distinct(StringComparer.Ordinal).Count() < key.Length)
        {
            throw settings.Wrong("columns", "has a column twice; upper and lower case are the same to SQLite");
        }

        return new QueueTableSettings(name, key, columns, indexes);
    }
}
