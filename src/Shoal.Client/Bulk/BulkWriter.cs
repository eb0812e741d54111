using Shoal.Client.Http;

namespace Shoal.Client.Bulk;

/// <summary>One bulk write from its first row to its report. While a batch is on its way, the next one is made.</summary>
internal sealed class BulkWriter<T>
{
    private readonly Database _database;
    private readonly TableMap<T> _map;
    private readonly BulkOptions _options;
    private readonly WriteSql<T> _sql;
    private readonly BlockSender<T> _sender;
    private readonly string _scope;
    private readonly TimeProvider _time;
    private readonly int _bytesMax;
    private readonly int _rowsMax;
    private readonly List<RowFailure> _failures = [];
    private readonly long[] _counts = new long[4];
    private RowBlock<T> _filling;
    private RowBlock<T> _spare;
    private Task<bool>? _sending;
    private long _read;
    private long _skipped;
    private long _settled;
    private long _began;
    private ShoalException? _cause;

    public BulkWriter(Database database, TableMap<T> map, WriteMode mode, BulkOptions options)
    {
        options.Validate();
        _database = database;
        _map = map;
        _options = options;
        _sql = new WriteSql<T>(map, mode, database.Client.Limits);
        _scope = options.ResumeName is { } name ? BatchToken.ImportScope(name) : BatchToken.NewScope();
        _sender = new BlockSender<T>(database, _scope, options.Atomicity == Atomicity.PerRow);
        _time = database.Client.Options.TimeProvider;
        var all = options.Atomicity == Atomicity.AllOrNothing;
        var body = database.Client.Limits.BodyBytesMax;

        // Statements repeat their text in the form with parameters; half of the body leaves room for that.
        _bytesMax = (all ? body / 2 : Math.Min(options.BatchBytesMax, body / 2)) - BlockSender<T>.FrameBytes;
        // The token's statements and the cleaning count too.
        _rowsMax = (int)Math.Min(options.BatchRowsMax, Math.Max(1, database.Client.Limits.StatementsMax - 3L) * _sql.ValuesRowsMax);
        var asParameters = options.AsParameters ?? database.Client.Options.Target == ShoalTarget.Shoal;
        _filling = database.Client.Channel.NewBlock(_sql, asParameters);
        _spare = database.Client.Channel.NewBlock(_sql, asParameters);
    }

    public async Task<BulkReport> WriteAsync(IAsyncEnumerable<T> rows, CancellationToken cancellation)
    {
        _began = _time.GetTimestamp();
        try
        {
            var goesOn = await ReadAllAsync(rows, cancellation).ConfigureAwait(false);
            goesOn &= await ArrivedAsync().ConfigureAwait(false);
            var report = Report();
            return goesOn ? report : throw new BulkWriteException(report, _cause!);
        }
        finally
        {
            // Whatever ended it: no batch is on its way any more when the caller hears of it.
            await ((Task)ArrivedAsync()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _filling.Recycle();
            _spare.Recycle();
        }
    }

    private async Task<bool> ReadAllAsync(IAsyncEnumerable<T> rows, CancellationToken cancellation)
    {
        var skip = _options.ResumeName is null ? 0 : await PositionAsync(cancellation).ConfigureAwait(false);
        await foreach (var row in rows.WithCancellation(cancellation).ConfigureAwait(false))
        {
            _read++;
            if (_read <= skip)
            {
                _skipped++;
                _settled++;
                continue;
            }

            if (!await AddAsync(row, cancellation).ConfigureAwait(false))
            {
                return false;
            }
        }

        return _filling.Count == 0 || await FlushAsync(cancellation).ConfigureAwait(false);
    }

    private Task<bool> ArrivedAsync() => _sending ?? Task.FromResult(true);

    private async Task<long> PositionAsync(CancellationToken cancellation)
    {
        var results = await _database.BatchAsync(
            [_database.Prepare(BatchToken.CreateSql).AsIdempotent(), _database.Prepare(BatchToken.PositionSql).Bind(_scope)],
            cancellation).ConfigureAwait(false);
        return results[1].First<long>();
    }

    private async ValueTask<bool> AddAsync(T row, CancellationToken cancellation)
    {
        _filling.Add(row);
        var all = _options.Atomicity == Atomicity.AllOrNothing;
        if (_filling.Bytes > _bytesMax)
        {
            if (all)
            {
                throw ApiErrors.Refused($"the rows do not fit into one request ({_bytesMax} bytes) after row {_read - 1}",
                    $"nothing was sent; send fewer rows, or take {nameof(Atomicity)}.{nameof(Atomicity.PerBatch)} or an import",
                    _database.Name);
            }

            if (_filling.Count > 1)
            {
                _filling.RemoveLast();
                if (!await FlushAsync(cancellation).ConfigureAwait(false))
                {
                    return false;
                }

                _filling.Add(row);
            }
        }

        return all || _filling.Count < _rowsMax || await FlushAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Hands the filled block over as soon as the one before has arrived.</summary>
    private async Task<bool> FlushAsync(CancellationToken cancellation)
    {
        if (_sending is { } before && !await before.ConfigureAwait(false))
        {
            return false;
        }

        var full = _filling;
        (_filling, _spare) = (_spare, full);
        _filling.Clear();
        var start = _settled;
        _sending = _database.Client.Channel.RunsOnCaller
            ? Task.Run(() => SendAsync(full, start, cancellation), CancellationToken.None)
            : SendAsync(full, start, cancellation);
        return true;
    }

    private Task<bool> SendAsync(RowBlock<T> block, long start, CancellationToken cancellation) => _sender.SendAsync(
        block, 0, block.Count, start, (from, to, status, error) => Settle(block, start, from, to, status, error), cancellation);

    private bool Settle(RowBlock<T> block, long start, int from, int to, RowStatus status, ShoalException? error)
    {
        _counts[(int)status] += to - from;
        _settled += to - from;
        if (error is not null)
        {
            _cause ??= error;
            for (var index = from; index < to && _failures.Count < _options.FailuresKeptMax; index++)
            {
                _failures.Add(new RowFailure(start + index, _map.KeyOf(block[index]), status, error));
            }
        }

        _options.Progress?.Report(new BulkProgress(_settled, _counts[(int)RowStatus.Rejected], _time.GetElapsedTime(_began)));

        // What could not be sent now will fare no better with the next rows, and what has no row at fault neither.
        return status == RowStatus.Applied
            || (status == RowStatus.Rejected && error!.Kind != ShoalErrorKind.Sql
                && _counts[(int)RowStatus.Rejected] <= _options.RejectedMax);
    }

    private BulkReport Report() => new()
    {
        Rows = _read,
        Skipped = _skipped,
        Applied = _counts[(int)RowStatus.Applied],
        Rejected = _counts[(int)RowStatus.Rejected],

        // Those that were read and not sent are not applied either.
        NotApplied = _read - _skipped - _counts[(int)RowStatus.Applied] - _counts[(int)RowStatus.Rejected]
            - _counts[(int)RowStatus.Unknown],
        Unknown = _counts[(int)RowStatus.Unknown],
        Requests = _sender.Requests,
        BytesSent = _sender.BytesSent,
        RowsWritten = _sender.RowsWritten,
        Elapsed = _time.GetElapsedTime(_began),
        Failures = _failures,
    };
}
