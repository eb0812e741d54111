using System.Text;
using Shoal.Engine.Log;

namespace Shoal.Engine.History.Stores;

/// <summary>Finds out what a history store holds.</summary>
internal sealed class BucketReader(IObjectStore store)
{
    /// <summary>The newest state; null when the store is empty.</summary>
    /// <exception cref="EngineException">The store can not be read, or what it holds is damaged.</exception>
    public async Task<BucketState?> FindNewestAsync(CancellationToken cancellation)
    {
        var steps = await ListStepsAsync(cancellation).ConfigureAwait(false);
        if (steps.Count == 0)
        {
            return null;
        }

        var newest = steps.Keys.Last();
        var head = Parse(newest, await ReadAsync(BucketNames.Step(newest), 0, StepHeader.Bytes, cancellation).ConfigureAwait(false));
        if (!steps.TryGetValue(head.Manifest, out var bytes))
        {
            throw Damaged(BucketNames.Step(head.Manifest), "it is missing");
        }

        var (_, content) = await ReadStepAsync(head.Manifest, bytes, cancellation).ConfigureAwait(false);
        try
        {
            var manifest = BucketManifest.Parse(Encoding.UTF8.GetString(content));

            // Those behind the manifest are needed, and those that it names.
            return new BucketState(newest, head, manifest, steps, [.. manifest.Tails.Select(static tail => tail.Number),
                .. steps.Keys.Where(number => number > head.Manifest)]);
        }
        catch (FormatException error)
        {
            throw Damaged(BucketNames.Step(head.Manifest), error.Message);
        }
    }

    /// <summary>The steps that are there, with their lengths.</summary>
    public async Task<SortedDictionary<ulong, long>> ListStepsAsync(CancellationToken cancellation)
    {
        var steps = new SortedDictionary<ulong, long>();
        await foreach (var found in store.ListAsync(BucketNames.Steps, cancellation).ConfigureAwait(false))
        {
            if (BucketNames.NumberOf(found.Name) is { } number)
            {
                steps[number] = found.Bytes;
            }
        }

        return steps;
    }

    /// <summary>Reads a step and verifies it.</summary>
    public async Task<(StepHeader Header, byte[] Content)> ReadStepAsync(ulong number, long bytes, CancellationToken cancellation)
    {
        var name = BucketNames.Step(number);
        var step = await ReadAsync(name, 0, checked((int)bytes), cancellation).ConfigureAwait(false);
        var header = Parse(number, step);
        var content = step[StepHeader.Bytes..];
        return header.Number == number && Crc32C.Append(0, content) == header.ContentCrc ? (header, content)
            : throw Damaged(name, "its content does not verify");
    }

    /// <summary>The head of a step.</summary>
    public async Task<StepHeader> ReadHeadAsync(ulong number, CancellationToken cancellation) => Parse(number,
        await ReadAsync(BucketNames.Step(number), 0, StepHeader.Bytes, cancellation).ConfigureAwait(false));

    /// <summary>Reads a part of an object, all of it.</summary>
    /// <exception cref="EngineException">It is missing, or shorter.</exception>
    public async Task<byte[]> ReadAsync(string name, long offset, int bytes, CancellationToken cancellation)
    {
        var target = new byte[bytes];
        var count = await store.ReadAsync(name, offset, target, cancellation).ConfigureAwait(false);
        return count == bytes ? target : throw Damaged(name, count < 0 ? "it is missing" : "it is shorter than it should be");
    }

    /// <summary>The error for an object that can not be used.</summary>
    public EngineException Damaged(string name, string why) => new(EngineErrorKind.Corruption,
        $"{name} in the history store {store.Address} can not be used: {why}",
        "Was something deleted there by hand, or by a rule of the bucket that lets objects expire?");

    private StepHeader Parse(ulong number, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StepHeader.Read(bytes);
        }
        catch (FormatException error)
        {
            throw Damaged(BucketNames.Step(number), error.Message);
        }
    }
}
