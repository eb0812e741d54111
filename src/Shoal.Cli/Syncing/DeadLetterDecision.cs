using System.Text.Json;
using Shoal.Sync;
using Shoal.Sync.Configuration;

namespace Shoal.Cli.Syncing;

/// <summary>What somebody wants of dead letters: let go of them (ack) or try them again (retry), by number or all.</summary>
internal sealed record DeadLetterDecision(bool AcksAll, bool RetriesAll, TimeSpan Delay, IReadOnlyList<long> Acks,
    IReadOnlyList<(long Id, TimeSpan Delay)> Retries)
{
    private const string Shape = "send {\"acks\": [{\"id\": 1}], \"retries\": [{\"id\": 2, \"delaySeconds\": 60}]}, {\"ackAll\": true} "
        + "or {\"retryAll\": true}";

    /// <exception cref="MessageRefusedException">The body says nothing of that.</exception>
    public static DeadLetterDecision Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            var acksAll = Flag(root, "ackAll");
            var retriesAll = Flag(root, "retryAll");
            var acks = List(root, "acks").Select(static one => Number(one, "id")).ToList();
            var retries = List(root, "retries").Select(static one => (Number(one, "id"), DelayOf(one))).ToList();
            var ways = (acksAll ? 1 : 0) + (retriesAll ? 1 : 0) + (acks.Count + retries.Count > 0 ? 1 : 0);
            return ways == 1 ? new DeadLetterDecision(acksAll, retriesAll, DelayOf(root), acks, retries)
                : throw new MessageRefusedException("the body does not say what becomes of which dead letters", Shape);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new MessageRefusedException("the body is not as it should be", Shape);
        }
    }

    private static bool Flag(JsonElement root, string name) => root.TryGetProperty(name, out var value) && value.GetBoolean();

    private static IEnumerable<JsonElement> List(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) ? value.EnumerateArray() : [];

    private static long Number(JsonElement one, string name) => one.GetProperty(name).GetInt64();

    private static TimeSpan DelayOf(JsonElement one)
    {
        var seconds = one.TryGetProperty("delaySeconds", out var value) ? value.GetInt32() : 0;
        return seconds >= 0 && seconds <= QueueSettings.DelayMax.TotalSeconds ? TimeSpan.FromSeconds(seconds)
            : throw new FormatException("delaySeconds");
    }
}
