using Shoal.Protocol;

namespace Shoal.Engine.History.Stores;

/// <summary>Finds out what a store honours, with objects of its own that it deletes again.</summary>
public static class StoreProbe
{
    private static readonly byte[] Content = "shoal probe"u8.ToArray();

    /// <summary>Asks a store.</summary>
    /// <exception cref="ObjectStoreException">It can not be used at all.</exception>
    public static async Task<StoreProbeResult> RunAsync(IObjectStore store, CancellationToken cancellationToken = default)
    {
        var prefix = $"probe/{DatabaseId.NewRandom()}/";
        var name = prefix + "object";
        try
        {
            var created = await store.CreateAsync(name, Content, cancellationToken).ConfigureAwait(false);
            var createdAgain = await store.CreateAsync(name, "something else"u8.ToArray(), cancellationToken).ConfigureAwait(false);
            var part = new byte[5];
            var count = await store.ReadAsync(name, 6, part, cancellationToken).ConfigureAwait(false);
            var isListed = false;
            await foreach (var found in store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
            {
                isListed |= found == new StoredObject(name, Content.Length);
            }

            var conditions = store as IConditionalStore;
            return new StoreProbeResult(created && !createdAgain, count == 5 && part.AsSpan().SequenceEqual(Content.AsSpan(6)), isListed,
                conditions is null ? null : await conditions.HonoursIfMatchAsync(name, cancellationToken).ConfigureAwait(false),
                conditions is null ? null
                    : await conditions.HonoursChecksumAsync(prefix + "checksum", cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            await store.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
            await store.DeleteAsync(prefix + "checksum", cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Refuses a store that history can not be kept in.</summary>
    /// <exception cref="EngineException">It lacks something.</exception>
    public static void Check(StoreProbeResult result, string address)
    {
        if (!result.IsUsable)
        {
            var lack = !result.CreateOnly ? "it overwrites objects that it is asked to create only when there is none (If-None-Match: *)"
                : !result.RangeReads ? "it does not give a part of an object (Range)" : "it does not list what was just created";
            throw new EngineException(EngineErrorKind.InvalidArgument, $"history can not be kept in {address}: {lack}",
                "Two nodes could then destroy each other's history unnoticed. Use a store, or a newer version of it, that honours "
                + "this; `shoal history probe` shows what a store does.");
        }
    }
}
