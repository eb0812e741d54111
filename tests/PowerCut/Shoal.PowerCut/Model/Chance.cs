namespace Shoal.PowerCut.Model;

/// <summary>A sequence of numbers that depends on its seeds only, on every machine and version of .NET.</summary>
/// <remarks>Source: splitmix64, Steele, Lea and Flood 2014.</remarks>
internal sealed class Chance(params ReadOnlySpan<ulong> seeds)
{
    private ulong _state = Combine(seeds);

    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }

    public ulong Next() => Mix(_state += 0x9e3779b97f4a7c15);

    /// <summary>At least 0, less than the bound.</summary>
    public int Below(int bound) => (int)(Next() % (ulong)bound);

    /// <summary>At least the first, at most the last.</summary>
    public int Between(int first, int last) => first + Below(last - first + 1);

    private static ulong Combine(ReadOnlySpan<ulong> seeds)
    {
        var state = 0UL;
        foreach (var seed in seeds)
        {
            state = Mix(state + 0x9e3779b97f4a7c15 + seed);
        }

        return state;
    }
}
