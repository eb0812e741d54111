namespace Shoal.Engine.Tests.History;

/// <summary>Breaks files.</summary>
internal static class Damage
{
    /// <summary>Changes one byte.</summary>
    public static void Flip(string path, long offset)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Span<byte> one = stackalloc byte[1];
        Assert.Equal(1, RandomAccess.Read(file, one, offset));
        one[0] ^= 0xFF;
        RandomAccess.Write(file, one, offset);
    }
}
