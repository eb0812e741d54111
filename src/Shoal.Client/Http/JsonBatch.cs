using Shoal.Client.Channels;
using Shoal.Client.D1;

namespace Shoal.Client.Http;

/// <summary>The body of <c>/raw</c>: one statement, or several under <c>batch</c>.</summary>
internal sealed class JsonBatch : StatementBatch
{
    private bool _isOpen;

    public JsonBatch(bool isSingle, int bytes)
    {
        _isOpen = !isSingle;
        Body = new JsonBuffer(bytes);
        Body.Raw(isSingle ? ""u8 : "{\"batch\":["u8);
    }

    public override int Bytes => Body.Length;

    private JsonBuffer Body { get; }

    public override void Add(StatementText text, ReadOnlySpan<SqlValue> values)
    {
        var body = Open(text);
        if (values.Length > 0)
        {
            body.Raw(",\"params\":["u8);
            for (var index = 0; index < values.Length; index++)
            {
                if (index > 0)
                {
                    body.Raw((byte)',');
                }

                body.Value(values[index]);
            }

            body.Raw((byte)']');
        }

        body.Raw((byte)'}');
    }

    /// <summary>Begins a statement; the caller writes its parameters and the closing brace.</summary>
    public JsonBuffer Open(StatementText text)
    {
        Body.Raw(Count++ == 0 ? "{\"sql\":"u8 : ",{\"sql\":"u8);
        Body.Text(text.Sql);
        return Body;
    }

    /// <summary>Ends the body, once. Nothing can be added any more.</summary>
    public JsonBuffer Close()
    {
        if (_isOpen)
        {
            _isOpen = false;
            Body.Raw("]}"u8);
        }

        return Body;
    }
}
