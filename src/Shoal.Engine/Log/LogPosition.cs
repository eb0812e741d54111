namespace Shoal.Engine.Log;

/// <summary>A place in the commit log (LSN): the segment's sequence number in the upper half, the byte offset in the lower.</summary>
/// <param name="Value">Grows with every record.</param>
internal readonly record struct LogPosition(ulong Value) : IComparable<LogPosition>
{
    /// <summary>Before everything.</summary>
    public static readonly LogPosition Zero;

    /// <summary>After everything.</summary>
    public static readonly LogPosition Last = new(ulong.MaxValue);

    public LogPosition(uint sequence, uint offset)
        : this(((ulong)sequence << 32) | offset)
    {
    }

    /// <summary>Sequence number of the segment, from 1.</summary>
    public uint Sequence => (uint)(Value >> 32);

    /// <summary>Offset inside the segment's file. Units: bytes.</summary>
    public uint OffsetBytes => (uint)Value;

    public static bool operator <(LogPosition left, LogPosition right) => left.Value < right.Value;

    public static bool operator >(LogPosition left, LogPosition right) => left.Value > right.Value;

    public static bool operator <=(LogPosition left, LogPosition right) => left.Value <= right.Value;

    public static bool operator >=(LogPosition left, LogPosition right) => left.Value >= right.Value;

    public int CompareTo(LogPosition other) => Value.CompareTo(other.Value);

    public override string ToString() => $"{Sequence}:{OffsetBytes}";
}
