using System.Globalization;
using Shoal.Engine.Transfer;
using Shoal.Protocol;

namespace Shoal.Server.Transfer;

/// <summary>An import or export that clients poll.</summary>
/// <remarks>Thread: safe for any.</remarks>
internal sealed class TransferJob(TransferKind kind, DatabaseId database, string bookmark, string subject, SpoolFile? input)
    : IProgress<TransferProgress>
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _rows;
    private long _rowsTold;

    public TransferKind Kind { get; } = kind;

    public DatabaseId Database { get; } = database;

    /// <summary>Names the job; constant while it is polled.</summary>
    public string Bookmark { get; } = bookmark;

    /// <summary>The checksum of the imported file, or the wished contents of the export.</summary>
    public string Subject { get; } = subject;

    /// <summary>Completes, without a fault, when the job has ended one way or the other.</summary>
    public Task Done => _done.Task;

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>Why it failed; null while it runs and when it went well.</summary>
    public string? Error { get; private set; }

    /// <summary>What an import reads. It is gone when the job has ended.</summary>
    public SpoolFile? Input { get; } = input;

    /// <summary>What an import did.</summary>
    public ImportResult? Result { get; set; }

    /// <summary>Of the database, right after an import.</summary>
    public string? FinalBookmark { get; set; }

    /// <summary>What an export wrote.</summary>
    public SpoolFile? File { get; set; }

    public void Report(TransferProgress value) => Interlocked.Exchange(ref _rows, value.Rows);

    /// <summary>Ends the job.</summary>
    public void End(DateTimeOffset now, string? error)
    {
        Error = error;
        EndedAt = now;
        _done.TrySetResult();
    }

    /// <summary>What happened since the last time this was asked.</summary>
    public List<string> TakeMessages()
    {
        var rows = Result?.Statements ?? Interlocked.Read(ref _rows);
        var before = Interlocked.Exchange(ref _rowsTold, rows);
        if (Kind == TransferKind.Export)
        {
            return [Done.IsCompleted ? "Uploaded part 1" : "Generating"];
        }

        return rows == before ? [] : [string.Create(CultureInfo.InvariantCulture, $"Processed {rows} queries.")];
    }
}
