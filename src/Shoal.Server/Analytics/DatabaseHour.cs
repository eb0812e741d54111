using System.Text;
using Shoal.Engine.Requests;
using Shoal.Server.D1;

namespace Shoal.Server.Analytics;

/// <summary>What one database did in one hour. Thread: guarded by its own lock.</summary>
internal sealed class DatabaseHour
{
    private readonly Lock _gate = new();
    private readonly Dictionary<byte[], StatementUsage> _statements = new(Utf8Comparer.Instance);
    private ItemUsage _totals;
    private long _responseBytes;
    private long _requests;

    /// <summary>Adds a request; returns how many texts are new.</summary>
    public int Add(IReadOnlyList<SqlBatchItem> items, IReadOnlyList<ItemUsage> usage, long responseBytes, bool mayGrow)
    {
        lock (_gate)
        {
            var before = _statements.Count;
            _requests++;
            _responseBytes += responseBytes;
            for (var index = 0; index < usage.Count; index++)
            {
                var cost = usage[index];
                _totals = _totals.Plus(cost);
                AddStatement(items[index].Sql.Span, new StatementUsage(1, cost), mayGrow);
            }

            return _statements.Count - before;
        }
    }

    /// <summary>The sums up to now.</summary>
    public HourSums Sums()
    {
        lock (_gate)
        {
            return new HourSums(_requests, _responseBytes, _totals);
        }
    }

    /// <summary>Adds what is known per statement text to a table.</summary>
    public void CopyStatements(Dictionary<string, StatementUsage> target)
    {
        lock (_gate)
        {
            foreach (var (text, usage) in _statements)
            {
                var key = Encoding.UTF8.GetString(text);
                target[key] = target.GetValueOrDefault(key).Plus(usage);
            }
        }
    }

    private void AddStatement(ReadOnlySpan<byte> sql, in StatementUsage usage, bool mayGrow)
    {
        var key = Shorten(sql);
        var statements = _statements.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (statements.TryGetValue(key, out var known))
        {
            statements[key] = known.Plus(usage);
        }
        else if (mayGrow && _statements.Count < MeterLimits.StatementsPerDatabaseHourMax)
        {
            _statements.Add(key.ToArray(), usage);
        }
    }

    /// <summary>The text without space around it, cut before a character that would pass the limit.</summary>
    private static ReadOnlySpan<byte> Shorten(ReadOnlySpan<byte> sql)
    {
        sql = sql.Trim(" \t\r\n"u8);
        if (sql.Length <= MeterLimits.StatementBytesMax)
        {
            return sql;
        }

        var end = MeterLimits.StatementBytesMax;
        while (end > 0 && (sql[end] & 0xC0) == 0x80)
        {
            end--;
        }

        return sql[..end];
    }
}
