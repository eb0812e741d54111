using Shoal.Client.Batching;
using Shoal.Client.D1;
using Shoal.Client.Diagnostics;
using Shoal.Client.Http;

namespace Shoal.Client.Bulk;

/// <summary>Sends runs of rows, each as one request with its token, and says of every row once what became of it.</summary>
/// <remarks>Thread: one send at a time.</remarks>
internal sealed class BlockSender<T>(Database database, WriteSql<T> sql, string scope, bool isolatesRows,
    RequestGate? gate = null)
{
    /// <summary>What the token's statements and the frame take at most.</summary>
    public const int FrameBytes = 1_024;

    private readonly TargetLimits _limits = database.Client.Limits;
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
    private static bool IsRowsFault(ShoalException error) =>
        WriteFaults.Of(error) is WriteFault.Constraint or WriteFault.Type or WriteFault.Size && error.Kind != ShoalErrorKind.InvalidRequest;

    private async Task PostAsync(RowBlock<T> block, int from, int to, long start, CancellationToken cancellation)
    {
        var body = new JsonBuffer(block.Json(from, to).Length + (4 * FrameBytes));
        body.Raw("{\"batch\":["u8);
        WriteToken(body, Numbers?[from] ?? start + from, Numbers is { } all ? (int)(all[to - 1] - all[from] + 1) : to - from);
        var statements = block.IsValues ? WriteValues(body, block, from, to) : WriteJson(body, block, from, to);
        body.Raw("]}"u8);
        Requests++;
        BytesSent += body.Length;
        using var trace = BatchTrace.Start(gate?.Writer ?? "bulk", database.Name, to - from, body.Length);
        using var reply = gate is null
            ? await database.SendAsync(body, statements + 2, repeatable: true, cancellation).ConfigureAwait(false)
            : await gate.SendAsync(stop => database.SendAsync(body, statements + 2, repeatable: true, stop, once: true),
                to - from, cancellation).ConfigureAwait(false);
        foreach (var result in ReplyParser.Parse(reply.Memory, reply.Call))
        {
            RowsWritten += result.Meta.RowsWritten;
        }

        trace.Succeeded();
    }

    private void WriteToken(JsonBuffer body, long number, int rows)
    {
        Open(body, BatchToken.CreateSql);
        body.Raw("},"u8);
        Open(body, BatchToken.InsertSql);
        body.Raw(",\"params\":["u8);
        body.Text(scope);
        body.Raw((byte)',');
        body.Integer(number);
        body.Raw((byte)',');
        body.Integer(rows);
        body.Raw("]},"u8);
        if (++_batches % BatchToken.CleanEvery == 0)
        {
            Open(body, BatchToken.CleanSql);
            body.Raw("},"u8);
            if (SettledBelow is { } below)
            {
                Open(body, BatchToken.CleanScopeSql);
                body.Raw(",\"params\":["u8);
                body.Text(scope);
                body.Raw((byte)',');
                body.Integer(below);
                body.Raw("]},"u8);
            }
        }
    }

    private int WriteJson(JsonBuffer body, RowBlock<T> block, int from, int to)
    {
        var statements = 0;
        while (from < to)
        {
            // A parameter is bounded like every value; the escaped form is never shorter than the text.
            var count = 1;
            var bytes = block.BytesOf(from);
            while (from + count < to && bytes + block.BytesOf(from + count) < _limits.Sql.ValueBytesMax - 2)
            {
                bytes += block.BytesOf(from + count++);
            }

            body.Raw(statements++ == 0 ? ""u8 : ","u8);
            Open(body, sql.Json);
            body.Raw(",\"params\":[\"["u8);
            body.Raw(block.Json(from, from + count)[..^1]);
            body.Raw("]\"]}"u8);
            from += count;
        }

        return statements;
    }

    private int WriteValues(JsonBuffer body, RowBlock<T> block, int from, int to)
    {
        var statements = 0;
        while (from < to)
        {
            var count = Math.Min(sql.ValuesRowsMax, to - from);
            body.Raw(statements++ == 0 ? ""u8 : ","u8);
            Open(body, sql.Values(count));
            body.Raw(",\"params\":["u8);
            body.Raw(block.Json(from, from + count)[..^1]);
            body.Raw("]}"u8);
            from += count;
        }

        return statements;
    }

    private static void Open(JsonBuffer body, string text)
    {
        body.Raw("{\"sql\":"u8);
        body.Text(text);
    }
}
