using System.Text.Json.Serialization.Metadata;
using Shoal.Client.Batching;

namespace Shoal.Client.Buffering;

/// <summary>Settings of a <see cref="WriteBuffer{T}"/>.</summary>
public sealed record WriteBufferOptions<T> : WriterOptions
{
    /// <summary>
    /// How long an item waits for others at most, counted from the first of its batch. Default 1 s; zero sends as soon as the
    /// batch before has arrived.
    /// </summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A random part of this is taken off each wait, so that batches do not all go at once. Default 100 ms.</summary>
    public TimeSpan LingerJitter { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Rows that are held at most: queued, on their way, or waiting to be sent again. Default 100,000.</summary>
    public long BufferedRowsMax { get; init; } = 100_000;

    /// <summary>Size of these rows. Units: bytes of the requests. Default 64 MiB.</summary>
    public long BufferedBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>What happens when it is full. Default: who adds waits.</summary>
    public FullPolicy WhenFull { get; init; }

    /// <summary>How long who adds waits for room before it is told that there is none. Default 60 s.</summary>
    public TimeSpan FullTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Told of items that a full buffer threw away, on the thread that added.</summary>
    public Action<DroppedItems<T>>? Dropped { get; init; }

    /// <summary>Told of items that are not applied, batch by batch, on the thread that sends.</summary>
    public Action<IReadOnlyList<FailedItem<T>>>? Failed { get; init; }

    /// <summary>How long disposing waits for what is not settled. Default 30 s.</summary>
    public TimeSpan CloseDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether the end of the process (its last statement, SIGTERM, SIGINT, SIGHUP) waits until what the buffer holds is settled, for
    /// <see cref="CloseDeadline"/> at most. Default yes; what nobody closed would be lost otherwise.
    /// </summary>
    public bool CloseAtExit { get; init; } = true;

    /// <summary>
    /// A folder where items stand until they are settled, so that they survive the end of the process; null (default) for
    /// memory only. One buffer at a time uses it. Needs <see cref="SpoolType"/> and <see cref="WriteBuffer.OpenAsync"/>.
    /// </summary>
    public string? SpoolFolder { get; init; }

    /// <summary>How an item becomes JSON and an item again.</summary>
    public JsonTypeInfo<T>? SpoolType { get; init; }

    /// <summary>
    /// Whether an item is taken only when the disk has it, so that it survives a power cut too. Default no: it survives the end
    /// of the process in any way, but not that of the machine.
    /// </summary>
    public bool SpoolFlush { get; init; }

    /// <summary>Size of the spool's files together; beyond it the buffer counts as full. Units: bytes. Default 1 GiB.</summary>
    public long SpoolBytesMax { get; init; } = 1024L * 1024 * 1024;

    internal void Validate()
    {
        var wrong = Check();
        if (Linger < TimeSpan.Zero || Linger > TimeSpan.FromMinutes(1) || LingerJitter < TimeSpan.Zero)
        {
            wrong.Add($"{nameof(Linger)} must be from zero to a minute, and {nameof(LingerJitter)} not negative");
        }

        if (BufferedRowsMax < 1 || BufferedBytesMax < 1_000)
        {
            wrong.Add($"{nameof(BufferedRowsMax)} must be at least 1 and {nameof(BufferedBytesMax)} at least 1,000");
        }

        if (FullTimeout <= TimeSpan.Zero || CloseDeadline < TimeSpan.Zero)
        {
            wrong.Add($"{nameof(FullTimeout)} must be more than zero, and {nameof(CloseDeadline)} not negative");
        }

        if (Atomicity == Bulk.Atomicity.AllOrNothing)
        {
            wrong.Add($"{nameof(Atomicity)} can not be {nameof(Bulk.Atomicity.AllOrNothing)}: a buffer has no end; take a batch writer");
        }

        if (SpoolFolder is not null && SpoolType is null)
        {
            wrong.Add($"{nameof(SpoolFolder)} needs {nameof(SpoolType)}");
        }

        if (SpoolBytesMax < 1_000_000)
        {
            wrong.Add($"{nameof(SpoolBytesMax)} must be at least 1,000,000");
        }

        Throw(wrong, nameof(WriteBufferOptions<>));
    }
}
