using System.Text.Json;
using Shoal.Client;
using Shoal.Sync.Apply;
using Shoal.Sync.Configuration;
using Shoal.Sync.Plan;

namespace Shoal.Sync.Queue;

/// <summary>A table of messages: its columns, its SQL, and how the data of a message become a change of a row.</summary>
/// <remarks>Thread: safe. No name of a message ever becomes SQL; all SQL comes from the configuration.</remarks>
internal sealed class QueueTable
{
    private const char KeySeparator = '\u001f';

    private readonly Dictionary<string, int> _columns;
    private readonly MessageType[] _types;

    public QueueTable(QueueTableSettings settings)
    {
        Name = settings.Name;
        _types = [.. settings.Columns.Values.Select(static type => MessageTypes.Parse(type)!.Value)];
        Columns = [.. settings.Columns.Select((column, index) => new ColumnPlan(column.Key, MessageTypes.RuleOf(_types[index]),
            settings.Key.Contains(column.Key, StringComparer.Ordinal)))];
        _columns = settings.Columns.Keys.Select(static (name, index) => (name, index))
            .ToDictionary(static one => one.name, static one => one.index, StringComparer.Ordinal);
        Keys = [.. settings.Key.Select(key => _columns[key])];
        Sql = new TableSql(settings.Name, Columns, Keys, settings.Indexes);
    }

    public string Name { get; }

    public IReadOnlyList<ColumnPlan> Columns { get; }

    public IReadOnlyList<int> Keys { get; }

    public TableSql Sql { get; }

    /// <summary>What becomes of which row.</summary>
    /// <exception cref="FormatException">The data do not fit the table; the message names the column.</exception>
    public (string Key, RowChange Change) Read(PushOperation operation, JsonElement data)
    {
        if (data.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("\"data\" must be an object of columns");
        }

        var values = new SqlValue[Columns.Count];
        var missing = new bool[Columns.Count];
        Array.Fill(missing, value: true);
        foreach (var property in data.EnumerateObject())
        {
            if (!_columns.TryGetValue(property.Name, out var index))
            {
                throw new FormatException($"the table {Name} has no column \"{property.Name}\"");
            }

            try
            {
                values[index] = MessageTypes.Convert(property.Value, _types[index]);
            }
            catch (FormatException error)
            {
                throw new FormatException($"{property.Name}: {error.Message}", error);
            }

            missing[index] = false;
        }

        foreach (var key in Keys)
        {
            if (values[key].Kind == SqlValueKind.Null)
            {
                throw new FormatException($"\"data\" has no value for {Columns[key].Name}, which is the key");
            }
        }

        return (NameOf(values), Change(operation, values, missing));
    }

    /// <summary>Tells rows apart, also where texts hold what separates them.</summary>
    private string NameOf(SqlValue[] values) => Keys.Count == 1 ? values[Keys[0]].ToString()
        : string.Join(KeySeparator, Keys.Select(key => values[key].ToString().Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace(KeySeparator.ToString(), "\\s", StringComparison.Ordinal)));

    private RowChange Change(PushOperation operation, SqlValue[] values, bool[] missing)
    {
        switch (operation)
        {
            case PushOperation.Delete:
                return new RowChange(RowChangeKind.Delete, [.. Keys.Select(key => values[key])], null, 0);
            case PushOperation.Update:
                if (missing.Count(static one => !one) == Keys.Count)
                {
                    throw new FormatException("an update needs a column besides the key");
                }

                return new RowChange(RowChangeKind.Update, values, missing, 0);
            case PushOperation.Upsert:
                return new RowChange(RowChangeKind.Upsert, values, null, 0);
            default:
                throw new ArgumentOutOfRangeException(nameof(operation));
        }
    }
}
