using Shoal.Client.Channels;
using Shoal.Client.D1;
using Shoal.Engine.Requests;
using Shoal.Protocol;
using ClientValue = Shoal.Client.SqlValue;

namespace Shoal.Embedded.Channels;

/// <summary>Statements for the engine; values are bound as they are.</summary>
internal sealed class EngineBatch : StatementBatch
{
    private readonly List<SqlBatchItem> _items = [];
    private int _bytes;

    public override int Bytes => _bytes;

    /// <summary>The request for the engine.</summary>
    public SqlRequest ToRequest() => new() { Items = _items, Compatibility = CompatibilityLevel.Relaxed };

    public override void Add(StatementText text, ReadOnlySpan<ClientValue> values)
    {
        if (values.Length == 0)
        {
            Add(text, ReadOnlyMemory<SqlValue>.Empty, bytes: 0);
            return;
        }

        var converted = new SqlValue[values.Length];
        var bytes = 0;
        for (var index = 0; index < converted.Length; index++)
        {
            converted[index] = Convert(values[index]);
            bytes += 9 + converted[index].AsBytes.Length;
        }

        Add(text, converted, bytes);
    }

    /// <summary>Adds a statement whose values are borrowed until the batch has run.</summary>
    public void Add(StatementText text, ReadOnlyMemory<SqlValue> values, int bytes)
    {
        _items.Add(new SqlBatchItem(text.Utf8, values));
        _bytes += text.Utf8.Length + bytes;
        Count++;
    }

    private static SqlValue Convert(in ClientValue value) => value.Kind switch
    {
        Client.SqlValueKind.Null => SqlValue.Null,
        Client.SqlValueKind.Integer => SqlValue.Integer(value.AsInteger),
        Client.SqlValueKind.Real => SqlValue.Real(value.AsReal),
        Client.SqlValueKind.Text => SqlValue.Text(value.AsText),
        Client.SqlValueKind.Blob => SqlValue.Blob(value.AsBlob),
    };
}
