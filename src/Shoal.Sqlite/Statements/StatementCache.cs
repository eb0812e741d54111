using System.Diagnostics.CodeAnalysis;

namespace Shoal.Sqlite.Statements;

/// <summary>Prepared statements of one connection by SQL text, least recently used first out.</summary>
/// <remarks>
/// Thread: as its connection. Owns: the statements in it. A statement that is running must be taken out by its user
/// being the only one; the cache never evicts during a run because only <see cref="Add"/> evicts.
/// </remarks>
public sealed class StatementCache : IDisposable
{
    private readonly Dictionary<byte[], LinkedListNode<Entry>> _entries = new(Utf8Comparer.Instance);
    private readonly Dictionary<byte[], LinkedListNode<Entry>>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private readonly LinkedList<Entry> _byUse = new();
    private readonly int _bytesMax;
    private int _bytes;

    /// <summary>An empty cache.</summary>
    /// <param name="bytesMax">Bound on the memory of statements and their texts. Units: bytes.</param>
    public StatementCache(int bytesMax)
    {
        _bytesMax = bytesMax;
        _lookup = _entries.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>Number of statements held.</summary>
    public int Count => _entries.Count;

    /// <summary>The statement of exactly this text, if it is here.</summary>
    public bool TryGet(ReadOnlySpan<byte> sql, [NotNullWhen(true)] out SqliteStatement? statement)
    {
        if (!_lookup.TryGetValue(sql, out var node))
        {
            statement = null;
            return false;
        }

        if (node != _byUse.Last)
        {
            _byUse.Remove(node);
            _byUse.AddLast(node);
        }

        statement = node.Value.Statement;
        return true;
    }

    /// <summary>Keeps a statement, dropping others when full; false when it alone is too large to keep.</summary>
    public bool Add(ReadOnlySpan<byte> sql, SqliteStatement statement)
    {
        var bytes = statement.MemoryBytes + sql.Length + 128;
        if (bytes > _bytesMax)
        {
            return false;
        }

        while (_bytes + bytes > _bytesMax && _byUse.First is { } oldest)
        {
            _byUse.RemoveFirst();
            _entries.Remove(oldest.Value.Sql);
            _bytes -= oldest.Value.Bytes;
            oldest.Value.Statement.Dispose();
        }

        var key = sql.ToArray();
        _entries.Add(key, _byUse.AddLast(new Entry(key, statement, bytes)));
        _bytes += bytes;
        return true;
    }

    /// <summary>Finalizes everything.</summary>
    public void Clear()
    {
        foreach (var entry in _byUse)
        {
            entry.Statement.Dispose();
        }

        _byUse.Clear();
        _entries.Clear();
        _bytes = 0;
    }

    /// <summary>Finalizes everything.</summary>
    public void Dispose() => Clear();

    private sealed record Entry(byte[] Sql, SqliteStatement Statement, int Bytes);
}
