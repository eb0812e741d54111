using System.Diagnostics.CodeAnalysis;
using Shoal.Protocol;

namespace Shoal.Engine.Log;

/// <summary>Per database, the records that its file may lack after an unclean stop.</summary>
/// <remarks>Thread: safe for any. A database is taken out when its file has been made whole.</remarks>
internal sealed class RedoIndex
{
    private readonly Lock _gate = new();
    private readonly Dictionary<DatabaseId, List<RedoRecord>> _records = [];

    /// <summary>Databases that still need redo.</summary>
    public IReadOnlyList<DatabaseId> Databases
    {
        get
        {
            lock (_gate)
            {
                return [.. _records.Keys];
            }
        }
    }

    /// <summary>Adds the parts of one whole commit.</summary>
    public void Add(DatabaseId database, IEnumerable<RedoRecord> parts)
    {
        lock (_gate)
        {
            if (!_records.TryGetValue(database, out var list))
            {
                _records.Add(database, list = []);
            }

            list.AddRange(parts);
        }
    }

    /// <summary>Forgets records before a position: a checkpoint says that files have them.</summary>
    public void ForgetBefore(LogPosition position)
    {
        lock (_gate)
        {
            foreach (var (database, list) in _records)
            {
                list.RemoveAll(record => record.Header.Position < position);
                if (list.Count == 0)
                {
                    _records.Remove(database);
                }
            }
        }
    }

    /// <summary>The records of a database, in order.</summary>
    public bool TryGet(DatabaseId database, [NotNullWhen(true)] out IReadOnlyList<RedoRecord>? records)
    {
        lock (_gate)
        {
            records = _records.GetValueOrDefault(database);
            return records is not null;
        }
    }

    /// <summary>The database's file is whole, or gone.</summary>
    public void Remove(DatabaseId database)
    {
        lock (_gate)
        {
            _records.Remove(database);
        }
    }
}
