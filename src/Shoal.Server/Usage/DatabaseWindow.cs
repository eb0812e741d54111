using Shoal.Engine.Catalog;
using Shoal.Engine.Usage;
using Shoal.Server.D1;

namespace Shoal.Server.Usage;

/// <summary>What one database did within one hour since the meter was last written. Thread: guarded by its own lock.</summary>
internal sealed class DatabaseWindow(DateTimeOffset hour)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (TokenRecord Token, UsageSums Sums)> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<StatementFingerprint, UsageSums> _statements = [];

    private DatabaseRecord? _database;
    private UsageSums _other;
    private long _sizeBytes;
    private bool _isTaken;

    /// <summary>Statements told apart.</summary>
    public int StatementCount => _statements.Count;

    /// <summary>Adds a request. False when the window was taken meanwhile: the request belongs to the next one.</summary>
    /// <param name="request">The request.</param>
    /// <param name="fingerprints">Of its items that are known to have run.</param>
    /// <param name="failedItem">Index of the item that failed; -1 when none did.</param>
    /// <param name="mayGrow">Whether there is room for statements that are new.</param>
    /// <param name="isLost">Whether there was no room for the request.</param>
    public bool TryAdd(in MeteredRequest request, ReadOnlySpan<StatementFingerprint> fingerprints, int failedItem, bool mayGrow,
        out bool isLost)
    {
        isLost = false;
        lock (_gate)
        {
            if (_isTaken)
            {
                return false;
            }

            if (!_tokens.TryGetValue(request.Token.Id, out var token) && _tokens.Count >= MeterLimits.TokensPerDatabaseMax)
            {
                isLost = true;
                return true;
            }

            _database = request.Database;
            var total = default(UsageSums);
            var isAlone = request.Items.Count == 1;
            for (var index = 0; index < request.Usage.Count; index++)
            {
                var sums = SumsOf(request.Usage[index]);
                total = total.Plus(sums);
                _sizeBytes = request.Usage[index].SizeAfterBytes is > 0 and var size ? size : _sizeBytes;
                AddStatement(fingerprints[index], isAlone ? sums with { Alone = 1, AlonePeak = 1, Time = request.Time } : sums,
                    mayGrow);
            }

            if (failedItem >= 0)
            {
                AddStatement(fingerprints[^1], new UsageSums { Count = 1, Errors = 1 }, mayGrow);
            }

            var isFailure = request.Usage.Count == 0;
            total = total with
            {
                Count = 1,
                Errors = isFailure ? 1 : 0,
                ResponseBytes = request.ResponseBytes,
                Time = request.Time,
            };
            _tokens[request.Token.Id] = (request.Token, token.Sums.Plus(total));
            return true;
        }
    }

    /// <summary>Ends the window and gives what is in it.</summary>
    public void Take(List<RequestUsage> requests, List<StatementUsage> statements)
    {
        lock (_gate)
        {
            _isTaken = true;
            if (_database is not { } database)
            {
                return;
            }

            foreach (var (token, sums) in _tokens.Values)
            {
                requests.Add(new RequestUsage(
                    database.Id, database.Account, database.Name, token.Id, token.Name, hour, sums, _sizeBytes));
            }

            statements.AddRange(_statements.Select(each =>
                new StatementUsage(database.Id, hour, each.Key, each.Value with { AlonePeak = each.Value.Alone })));
            if (_other.Count > 0)
            {
                statements.Add(new StatementUsage(database.Id, hour, Statement: null, _other));
            }
        }
    }

    private static UsageSums SumsOf(in ItemUsage usage) => new()
    {
        Count = 1,
        Reads = usage.Reads,
        Writes = usage.Writes,
        RowsRead = usage.RowsRead,
        RowsWritten = usage.RowsWritten,
        RowsReturned = usage.RowsReturned,
        Changes = usage.Changes,
        SqlTime = usage.Duration,
    };

    private void AddStatement(StatementFingerprint statement, in UsageSums sums, bool mayGrow)
    {
        if (_statements.TryGetValue(statement, out var known))
        {
            _statements[statement] = known.Plus(sums);
        }
        else if (mayGrow)
        {
            _statements.Add(statement, sums);
        }
        else
        {
            _other = _other.Plus(sums);
        }
    }
}
