using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Npgsql;
using Shoal.Client;
using Shoal.Sync.Values;

namespace Shoal.Sync.Postgres;

/// <summary>Rows of COPY's text format, read as bytes: a text is made only of what is kept as one.</summary>
/// <remarks>
/// Thread: one caller. Owns: the copy, which is given up when it is disposed before its end.
/// Errors: <see cref="FormatException"/> for a row with another number of fields; those of Npgsql.
/// </remarks>
internal sealed class CopyReader : IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly NpgsqlCopyTextReader _copy;
    private readonly (int From, int Length)[] _fields;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private int _from;
    private int _to;

    private CopyReader(NpgsqlCopyTextReader copy, int columns)
    {
        _copy = copy;
        _fields = new (int, int)[columns];
    }

    /// <summary>Size of the row. Units: bytes.</summary>
    public int RowBytes { get; private set; }

    /// <summary>Begins to read what a query gives.</summary>
    /// <param name="connection">The connection, which does nothing else meanwhile.</param>
    /// <param name="query">The query.</param>
    /// <param name="columns">How many columns it has.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<CopyReader> OpenAsync(NpgsqlConnection connection, string query, int columns,
        CancellationToken cancellation) =>
        new(await connection.BeginTextExportAsync($"COPY ({query}) TO STDOUT", cancellation), columns);

    /// <summary>Goes to the next row.</summary>
    /// <returns>False at the end.</returns>
    public ValueTask<bool> ReadAsync(CancellationToken cancellation) =>
        TryTake(_from) ? ValueTask.FromResult(true) : FillAsync(cancellation);

    /// <summary>A field as text; null for NULL.</summary>
    public string? Text(int field)
    {
        var bytes = Bytes(field);
        return IsNull(bytes) ? null : bytes.Contains((byte)'\\') ? Unescaped(bytes) : Encoding.UTF8.GetString(bytes);
    }

    /// <summary>A field as it is stored.</summary>
    /// <exception cref="FormatException">The form can not hold the value.</exception>
    /// <exception cref="OverflowException">The form can not hold the value.</exception>
    public SqlValue Value(int field, ValueRule type)
    {
        var bytes = Bytes(field);
        return type.Form switch
        {
            _ when IsNull(bytes) => SqlValue.Null,
            ValueForm.Integer when Utf8Parser.TryParse(bytes, out long integer, out var used) && used == bytes.Length => integer,
            ValueForm.Boolean => bytes[0] == (byte)'t',
            _ => ValueConverter.Convert(Text(field), type),
        };
    }

    public async ValueTask DisposeAsync()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        await _copy.DisposeAsync();
    }

    private static bool IsNull(ReadOnlySpan<byte> bytes) => bytes.SequenceEqual("\\N"u8);

    private ReadOnlySpan<byte> Bytes(int field) => _buffer.AsSpan(_fields[field].From, _fields[field].Length);

    private bool TryTake(int searched)
    {
        var end = _buffer.AsSpan(searched, _to - searched).IndexOf((byte)'\n');
        if (end < 0)
        {
            return false;
        }

        Split(searched + end);
        return true;
    }

    private void Split(int end)
    {
        RowBytes = end - _from;
        for (var index = 0; index < _fields.Length; index++)
        {
            if (_from > end)
            {
                throw new FormatException("a row of COPY has too few fields");
            }

            var length = _buffer.AsSpan(_from, end - _from).IndexOf((byte)'\t');
            length = length < 0 ? end - _from : length;
            _fields[index] = (_from, length);
            _from += length + 1;
        }

        if (_from <= end)
        {
            throw new FormatException("a row of COPY has too many fields");
        }
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var searched = _to - _from;
            Buffer.BlockCopy(_buffer, _from, _buffer, 0, searched);
            (_from, _to) = (0, searched);
            if (_to == _buffer.Length)
            {
                var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
                _buffer.CopyTo(larger, 0);
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = larger;
            }

            var read = await _copy.BaseStream.ReadAsync(_buffer.AsMemory(_to), cancellation);
            if (read == 0)
            {
                return _to == 0 ? false : throw new FormatException("COPY ended in the middle of a row");
            }

            _to += read;
            if (TryTake(searched))
            {
                return true;
            }
        }
    }

    private static string Unescaped(ReadOnlySpan<byte> bytes)
    {
        var rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
        try
        {
            var length = 0;
            for (var index = 0; index < bytes.Length; index++)
            {
                rented[length++] = bytes[index] != '\\' ? bytes[index] : bytes[++index] switch
                {
                    (byte)'b' => (byte)'\b',
                    (byte)'f' => (byte)'\f',
                    (byte)'n' => (byte)'\n',
                    (byte)'r' => (byte)'\r',
                    (byte)'t' => (byte)'\t',
                    (byte)'v' => (byte)'\v',
                    var other => other,
                };
            }

            return Encoding.UTF8.GetString(rented, 0, length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
