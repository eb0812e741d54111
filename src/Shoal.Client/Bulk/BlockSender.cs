using Shoal.Client.Batching;
using Shoal.Client.Channels;
using Shoal.Client.D1;
using Shoal.Client.Diagnostics;

namespace Shoal.Client.Bulk;

/// <summary>Sends runs of rows, each as one request with its token, and says of every row once what became of it.</summary>
/// <remarks>Thread: one send at a time.</remarks>
internal sealed class BlockSender<T>(Database database, string scope, bool isolatesRows, RequestGate? gate = null)
{
    /// <summary>What the token's statements and the frame take at most.</summary>
    public const int FrameBytes = 1_024;

    private static readonly StatementText CreateToken = new(BatchToken.CreateSql);
    private static readonly StatementText InsertToken = new(BatchToken.InsertSql);
    private static readonly StatementText InsertApart = new(BatchToken.InsertApartSql);
    private static readonly StatementText CleanTokens = new(BatchToken.CleanSql);
    private static readonly StatementText CleanScope = new(BatchToken.CleanScopeSql);

    private int _batches;

    public long Requests { get; private set; }

    public long BytesSent { get; private set; }

    public long RowsWritten { get; private set; }

    /// <summary>Numbers of the block's rows, rising, where they do not just count up; null otherwise.</summary>
    public IReadOnlyList<long>? Numbers { get; set; }

    /// <summary>Tokens of the scope that lie below this number are removed at times; null leaves that to their age.</summary>
    public long? SettledBelow { get; set; }

    /// <summary>Sends rows, and halves what is refused when rows are isolated.</summary>
    /// <param name="block">The rows.</param>
    /// <param name="from">The first of them.</param>
    /// <param name="to">After the last.</param>
    /// <param name="start">Number of the block's first row in the scope.</param>
    /// <param name="settle">Gets runs of rows and their fate, in order; answers whether to go on.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>False when <paramref name="settle"/> had enough.</returns>
    public async Task<bool> SendAsync(RowBlock<T> block, int from, int to, long start,
        Func<int, int, RowStatus, ShoalException?, bool> settle, CancellationToken cancellation)
    {
        ShoalException error;
        try
        {
            await PostAsync(block, from, to, start, cancellation).ConfigureAwait(false);
            return settle(from, to, RowStatus.Applied, null);
        }
        catch (ShoalException failure)
        {
            error = failure;
        }

        if (BatchToken.IsAlreadyApplied(error))
        {
            if (Numbers is { } numbers)
            {
                return await SendRestAsync(block, from, to, numbers, settle, cancellation).ConfigureAwait(false);
            }

            return settle(from, to, RowStatus.Applied, null);
        }

        if (isolatesRows && to - from > 1 && IsRowsFault(error))
        {
            var middle = from + ((to - from) / 2);
            return await SendAsync(block, from, middle, start, settle, cancellation).ConfigureAwait(false)
                && await SendAsync(block, middle, to, start, settle, cancellation).ConfigureAwait(false);
        }

        return settle(from, to, StatusOf(error), error);
    }

    /// <summary>
    /// Of a batch with a token a refusal by the database is the last word: had an earlier attempt been applied, the token
    /// would have been refused first.
    /// </summary>
    private static RowStatus StatusOf(ShoalException error) => error.Kind switch
    {
        ShoalErrorKind.Constraint or ShoalErrorKind.Sql => RowStatus.Rejected,
        _ when error.MayHaveBeenApplied => RowStatus.Unknown,
        ShoalErrorKind.InvalidRequest => RowStatus.Rejected,
        _ => RowStatus.NotApplied,
    };

    /// <summary>Whether fewer rows may fare better; a missing table refuses every row alike.</summary>
    private static bool IsRowsFault(ShoalException error) => error.Kind is ShoalErrorKind.Constraint or ShoalErrorKind.Sql
        && WriteFaults.Of(error) is WriteFault.Constraint or WriteFault.Type or WriteFault.Size;

    /// <summary>Asks which of the rows are applied, and sends the others.</summary>
    private async Task<bool> SendRestAsync(RowBlock<T> block, int from, int to, IReadOnlyList<long> numbers,
        Func<int, int, RowStatus, ShoalException?, bool> settle, CancellationToken cancellation)
    {
        IReadOnlyList<(long Start, long Rows)> applied;
        try
        {
            applied = await database.Prepare(BatchToken.RangesSql).Bind(scope)
                .AllAsync(static row => (row.GetInt64(0), row.GetInt64(1)), cancellation).ConfigureAwait(false);
        }
        catch (ShoalException error)
        {
            return settle(from, to, RowStatus.Unknown, error);
        }

        while (from < to)
        {
            var isApplied = IsApplied(numbers[from]);
            var end = from + 1;
            while (end < to && IsApplied(numbers[end]) == isApplied)
            {
                end++;
            }

            if (!(isApplied ? settle(from, end, RowStatus.Applied, null)
                : await SendAsync(block, from, end, 0, settle, cancellation).ConfigureAwait(false)))
            {
                return false;
            }

            from = end;
        }

        return true;

        bool IsApplied(long number) => applied.Any(range => number >= range.Start && number < range.Start + range.Rows);
    }

    private async Task PostAsync(RowBlock<T> block, int from, int to, long start, CancellationToken cancellation)
    {
        var batch = database.Client.Channel.NewBatch(isSingle: false, block.BytesOf(from, to) + (4 * FrameBytes));
        AddToken(batch, Numbers?[from] ?? start + from, Numbers is { } all ? all[to - 1] - all[from] + 1 : to - from);
        block.WriteTo(batch, from, to);
        Requests++;
        BytesSent += batch.Bytes;
        using var trace = BatchTrace.Start(gate?.Writer ?? "bulk", database.Name, to - from, batch.Bytes);
        using var reply = gate is null
            ? await database.RunAsync(batch, repeatable: true, scope: default, cancellation).ConfigureAwait(false)
            : await gate.SendAsync(stop => database.RunAsync(batch, repeatable: true, scope: default, stop, once: true), to - from,
                cancellation).ConfigureAwait(false);
        foreach (var result in reply.Results)
        {
            RowsWritten += result.Meta.RowsWritten;
        }

        trace.Succeeded();
    }

    private void AddToken(StatementBatch batch, long number, long rows)
    {
        batch.Add(CreateToken, []);
        batch.Add(Numbers is null ? InsertToken : InsertApart, [scope, number, rows]);
        if (++_batches % BatchToken.CleanEvery == 0)
        {
            batch.Add(CleanTokens, []);
            if (SettledBelow is { } below)
            {
                batch.Add(CleanScope, [scope, below]);
            }
        }
    }
}
