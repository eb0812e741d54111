using System.Globalization;
using System.Text;

namespace Shoal.Sync.Apply;

/// <summary>How often a value fell below each of some bounds.</summary>
/// <remarks>Thread: safe.</remarks>
internal sealed class SyncHistogram(params double[] bounds)
{
    private readonly Lock _gate = new();
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    public void Add(double value)
    {
        var at = Array.FindIndex(bounds, bound => value <= bound);
        lock (_gate)
        {
            _counts[at < 0 ? bounds.Length : at]++;
            _sum += value;
        }
    }

    /// <summary>In Prometheus' text format, without its type.</summary>
    public void WriteTo(StringBuilder text, string name, string labels)
    {
        lock (_gate)
        {
            var below = 0L;
            for (var index = 0; index < _counts.Length; index++)
            {
                below += _counts[index];
                var bound = index < bounds.Length ? bounds[index].ToString("R", CultureInfo.InvariantCulture) : "+Inf";
                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels},le=\"{bound}\"}} {below}\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"{name}_sum{{{labels}}} {_sum:R}\n{name}_count{{{labels}}} {below}\n");
        }
    }
}
