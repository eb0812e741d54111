namespace Shoal.Sync.Values;

/// <summary>How a value of PostgreSQL is stored in SQLite.</summary>
internal enum ValueForm
{
    Integer,
    Real,
    Boolean,
    Text,
    Bytes,
    Money,
    Timestamp,
    TimestampUtc,
    UnixSeconds,
    UnixMilliseconds,
    UnixMicroseconds,
    Days,
    ScaledInteger,
    Array,
}
