using Shoal.Client.Bulk;

namespace Shoal.Client.Batching;

/// <summary>The whole key of a row, compared value by value in order: (a, b) is not (b, a).</summary>
internal readonly struct KeyTuple(string database, SqlValue[] values) : IEquatable<KeyTuple>
{
    private readonly string _database = database;
    private readonly SqlValue[] _values = values;

    public static int HashOf<T>(TableMap<T> map, T item)
    {
        var hash = default(HashCode);
        foreach (var column in map.KeyColumns)
        {
            hash.Add(column.Value(item));
        }

        return hash.ToHashCode();
    }

    public bool Equals(KeyTuple other) =>
        string.Equals(_database, other._database, StringComparison.Ordinal) && _values.AsSpan().SequenceEqual(other._values);

    public override bool Equals(object? obj) => obj is KeyTuple other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(_database, StringComparer.Ordinal);
        foreach (var value in _values)
        {
            hash.Add(value);
        }

        return hash.ToHashCode();
    }
}
