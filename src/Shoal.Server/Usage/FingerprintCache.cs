using System.Collections.Concurrent;
using Shoal.Engine.Usage;
using Shoal.Sqlite;

namespace Shoal.Server.Usage;

/// <summary>Remembers the fingerprints of texts, because clients send the same few over and over.</summary>
/// <remarks>Thread: safe for any. Cost: a known text is one hash and one comparison, no allocation.</remarks>
internal sealed class FingerprintCache
{
    private readonly ConcurrentDictionary<byte[], StatementFingerprint> _known = new(Utf8Comparer.Instance);
    private int _count;

    public StatementFingerprint Of(ReadOnlySpan<byte> sql)
    {
        if (sql.Length > MeterLimits.FingerprintTextBytesMax)
        {
            return StatementFingerprint.Of(sql);
        }

        var known = _known.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (known.TryGetValue(sql, out var found))
        {
            return found;
        }

        var fingerprint = StatementFingerprint.Of(sql);
        if (Interlocked.Increment(ref _count) > MeterLimits.FingerprintsMax)
        {
            // Starting anew is simpler than knowing the least used, and costs a few microseconds per text.
            _known.Clear();
            Interlocked.Exchange(ref _count, 1);
        }

        _known.TryAdd(sql.ToArray(), fingerprint);
        return fingerprint;
    }
}
