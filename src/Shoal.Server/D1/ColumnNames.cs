using System.Text;
using Shoal.Server.Http;
using Shoal.Sqlite.Statements;

namespace Shoal.Server.D1;

/// <summary>The column names of one result set, escaped once for all its rows.</summary>
/// <remarks>
/// In objects a name that repeats stands once, where it came first, with the value of the last column of that name: what
/// JavaScript makes of it, and so what D1 sends.
/// </remarks>
internal sealed class ColumnNames
{
    /// <summary>Up to this many columns, comparing each with each is faster than hashing them.</summary>
    private const int CompareEachMax = 16;

    private readonly ResponseBuffer _text = new();
    private byte[] _bytes = new byte[512];
    private Field[] _fields = new Field[16];
    private int _fieldCount;
    private int _length;

    /// <summary>The members of a row object. <see cref="ResultShape.Objects"/> only.</summary>
    public ReadOnlySpan<Field> Fields => _fields.AsSpan(0, _fieldCount);

    /// <summary>All names, as the inside of a JSON array. <see cref="ResultShape.Arrays"/> only.</summary>
    public ReadOnlySpan<byte> List => _bytes.AsSpan(0, _length);

    /// <summary>What stands before a member's value: a comma if one is due, the name and a colon.</summary>
    public ReadOnlySpan<byte> Prefix(Field field) => _bytes.AsSpan(field.Start, field.Length);

    public void Read(SqliteColumns columns, ResultShape shape)
    {
        _text.Clear();
        _fieldCount = 0;
        if (_fields.Length < columns.Count)
        {
            _fields = new Field[columns.Count];
        }

        var seen = shape == ResultShape.Objects && columns.Count > CompareEachMax
            ? new Dictionary<string, int>(columns.Count, StringComparer.Ordinal)
            : null;
        for (var column = 0; column < columns.Count; column++)
        {
            if (shape == ResultShape.Objects)
            {
                AddField(columns, column, seen);
            }
            else
            {
                AddToList(columns.Name(column));
            }
        }

        Keep();
    }

    private void AddToList(ReadOnlySpan<byte> name)
    {
        if (_text.Length > 0)
        {
            _text.WriteByte((byte)',');
        }

        JsonValue.WriteString(_text, name);
    }

    private void AddField(SqliteColumns columns, int column, Dictionary<string, int>? seen)
    {
        var name = columns.Name(column);
        var earlier = seen is null ? Find(columns, name) : Find(seen, name, _fieldCount);
        if (earlier >= 0)
        {
            _fields[earlier] = _fields[earlier] with { Column = column };
            return;
        }

        var start = (int)_text.Length;
        if (_fieldCount > 0)
        {
            _text.WriteByte((byte)',');
        }

        JsonValue.WriteString(_text, name);
        _text.WriteByte((byte)':');
        _fields[_fieldCount++] = new Field(start, (int)_text.Length - start, column);
    }

    private int Find(SqliteColumns columns, ReadOnlySpan<byte> name)
    {
        for (var index = 0; index < _fieldCount; index++)
        {
            if (columns.Name(_fields[index].Column).SequenceEqual(name))
            {
                return index;
            }
        }

        return -1;
    }

    private static int Find(Dictionary<string, int> seen, ReadOnlySpan<byte> name, int next)
    {
        var text = Encoding.UTF8.GetString(name);
        if (seen.TryGetValue(text, out var earlier))
        {
            return earlier;
        }

        seen.Add(text, next);
        return -1;
    }

    private void Keep()
    {
        _length = (int)_text.Length;
        if (_bytes.Length < _length)
        {
            _bytes = new byte[_length * 2];
        }

        _text.CopyTo(_bytes);
    }

    /// <summary>One member of a row object.</summary>
    /// <param name="Start">Where its prefix starts.</param>
    /// <param name="Length">Length of its prefix.</param>
    /// <param name="Column">The column its value comes from.</param>
    internal readonly record struct Field(int Start, int Length, int Column);
}
