using Shoal.Client.Batching;
using Shoal.Client.Bulk;

namespace Shoal.Client.Buffering;

/// <summary>What can be done with dead letters, wherever they are kept.</summary>
public static class DeadLetterExtensions
{
    /// <summary>Writes rows once more, oldest first. A row is applied once, also when a replay is cut off and begun again.</summary>
    /// <param name="store">Where the letters are.</param>
    /// <param name="client">The client of their databases.</param>
    /// <param name="choose">Which to write; null (default) for all but those whose fate is unknown, which may be applied already.</param>
    /// <param name="cancellation">Ends it between two rows.</param>
    public static async Task<DeadLetterReplay> ReplayAsync(this IDeadLetterStore store, ShoalClient client,
        Func<DeadLetter, bool>? choose = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(client);
        choose ??= static letter => letter.Status != ItemStatus.Unknown;
        var (applied, failed, skipped) = (0, 0, 0);
        var letters = new List<DeadLetter>();
        await foreach (var letter in store.ListAsync(cancellation).ConfigureAwait(false))
        {
            letters.Add(letter);
        }

        foreach (var letter in letters)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!choose(letter))
            {
                skipped++;
            }
            else if (await WriteAsync(client, letter, cancellation).ConfigureAwait(false) is { } error)
            {
                failed++;
                await store.AddAsync([Again(letter, error, client.Options.TimeProvider.GetUtcNow())], cancellation).ConfigureAwait(false);
            }
            else
            {
                applied++;
                await store.RemoveAsync([letter.Id], cancellation).ConfigureAwait(false);
            }
        }

        return new DeadLetterReplay(applied, failed, skipped);
    }

    /// <summary>Removes letters for good.</summary>
    /// <param name="store">Where they are.</param>
    /// <param name="before">Only those that were given up last before this; null (default) for all.</param>
    /// <param name="cancellation">Ends it before anything is removed.</param>
    /// <returns>How many were removed.</returns>
    public static async Task<int> PurgeAsync(this IDeadLetterStore store, DateTimeOffset? before = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        var ids = new List<string>();
        await foreach (var letter in store.ListAsync(cancellation).ConfigureAwait(false))
        {
            if (before is not { } bound || letter.LastAt < bound)
            {
                ids.Add(letter.Id);
            }
        }

        return ids.Count == 0 ? 0 : await store.RemoveAsync(ids, cancellation).ConfigureAwait(false);
    }

    private static DeadLetter Again(DeadLetter letter, ShoalException error, DateTimeOffset now) => letter with
    {
        Attempts = letter.Attempts + 1,
        LastAt = now,
        ErrorKind = error.Kind,
        Error = error.Reason,

        // What an earlier replay left open stays open: a refusal since then is the database's last word.
        Status = error.MayHaveBeenApplied ? ItemStatus.Unknown
            : error.IsTransient ? ItemStatus.NotApplied : ItemStatus.Rejected,
    };

    private static async Task<ShoalException?> WriteAsync(ShoalClient client, DeadLetter letter, CancellationToken cancellation)
    {
        ShoalException? failure = null;
        var sql = new WriteSql<SqlValue[]>(letter.ToMap(), letter.ToMode(), client.Limits);
        var sender = new BlockSender<SqlValue[]>(client.Database(letter.Database), BatchToken.ImportScope("letter:" + letter.Id),
            isolatesRows: false);
        var block = client.Channel.NewBlock(sql, client.Options.Target == ShoalTarget.Shoal);
        block.Add([.. letter.Columns.Select(static column => column.Value)]);
        await sender.SendAsync(block, 0, 1, 0, (_, _, _, error) =>
        {
            failure = error;
            return true;
        }, cancellation).ConfigureAwait(false);
        return failure;
    }
}
