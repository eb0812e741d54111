using Shoal.Client.Channels;
using Shoal.Client.D1;
using Shoal.Client.Rows;

namespace Shoal.Embedded.Channels;

/// <summary>Rows that are all there.</summary>
/// <remarks>
/// A statement's rows are copied before anyone sees them: a reader that waits for its caller would hold its snapshot, and with
/// it the checkpoint, as long as the caller likes.
/// </remarks>
internal sealed class StoredRowStream(StatementResult result) : RowStream
{
    private RowReader? _rows = result.OpenRows();

    public override ValueTask<IReadOnlyList<string>> ReadColumnsAsync(CancellationToken cancellation) =>
        ValueTask.FromResult(result.Columns);

    public override ValueTask<RowReader?> ReadRowsAsync(CancellationToken cancellation)
    {
        var rows = _rows;
        _rows = null;
        return ValueTask.FromResult(rows);
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
