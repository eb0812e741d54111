using System.Buffers;
using System.Text.Json;
using Shoal.Client.Channels;
using Shoal.Client.Rows;

namespace Shoal.Client.Http;

/// <summary>Rows of a reply of <c>/raw</c> while its bytes arrive: those of its first statement.</summary>
/// <remarks>Cost: a buffer for the larger of 64 KiB and one row. Owns: the response.</remarks>
internal sealed class HttpRowStream(HttpResponseMessage response, Stream stream, ApiCall call, ShoalClientOptions options)
    : RowStream
{
    private const int BufferBytes = 64 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private IReadOnlyList<string> _columns = [];
    private int _start;
    private int _end;
    private int _scanned;
    private int _depth;
    private bool _inText;
    private bool _isDone;

    public override async ValueTask<IReadOnlyList<string>> ReadColumnsAsync(CancellationToken cancellation)
    {
        while (!TryFindRows())
        {
            await MoreAsync(cancellation).ConfigureAwait(false);
        }

        return _columns;
    }

    public override async ValueTask<RowReader?> ReadRowsAsync(CancellationToken cancellation)
    {
        while (!_isDone)
        {
            var whole = WholeRows();
            if (whole > 0)
            {
                var rows = _buffer.AsMemory(_start, whole);
                _start += whole;
                _scanned -= whole;
                return new JsonRowReader(rows, _columns, isArray: false);
            }

            if (!_isDone)
            {
                await MoreAsync(cancellation).ConfigureAwait(false);
            }
        }

        return null;
    }

    public override async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync().ConfigureAwait(false);
        response.Dispose();
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    /// <summary>Reads up to the first row; false when that is not there yet.</summary>
    private bool TryFindRows()
    {
        var reader = new Utf8JsonReader(_buffer.AsSpan(0, _end), isFinalBlock: false, default);
        var columns = new List<string>();
        var inColumns = false;
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 4)
                {
                    inColumns = reader.ValueTextEquals("columns"u8);
                    if (reader.ValueTextEquals("rows"u8) && reader.Read() && reader.TokenType == JsonTokenType.StartArray)
                    {
                        _columns = columns;
                        _start = (int)reader.BytesConsumed;
                        return true;
                    }
                }
                else if (inColumns && reader.TokenType == JsonTokenType.String)
                {
                    columns.Add(reader.GetString()!);
                }
            }
        }
        catch (JsonException error)
        {
            throw ApiErrors.Malformed(error.Message, call.Database, error);
        }

        return false;
    }

    /// <summary>
    /// Bytes of the rows that are there in full; what was looked at is not looked at again. Commas between rows become blanks, so
    /// that what is left reads by itself.
    /// </summary>
    private int WholeRows()
    {
        var bytes = _buffer.AsSpan(_start, _end - _start);
        var whole = 0;
        for (; _scanned < bytes.Length; _scanned++)
        {
            switch (bytes[_scanned])
            {
                case (byte)'\\' when _inText:
                    _scanned++;
                    break;
                case (byte)'"':
                    _inText = !_inText;
                    break;
                case (byte)'[' when !_inText:
                    _depth++;
                    break;
                case (byte)']' when !_inText && _depth == 0:
                    _isDone = true;
                    return whole;
                case (byte)']' when !_inText && --_depth == 0:
                    whole = _scanned + 1;
                    break;
                case (byte)',' when !_inText && _depth == 0:
                    bytes[_scanned] = (byte)' ';
                    break;
                default:
                    break;
            }
        }

        return whole;
    }

    private async ValueTask MoreAsync(CancellationToken cancellation)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        if (_end == _buffer.Length)
        {
            if (_end >= options.ReplyBytesMax)
            {
                throw ApiErrors.ReplyTooLarge(options.ReplyBytesMax, call.Database);
            }

            var larger = ArrayPool<byte>.Shared.Rent(_end * 2);
            _buffer.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        using var timeout = new CancellationTokenSource(options.Timeout, options.TimeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        try
        {
            var count = await stream.ReadAsync(_buffer.AsMemory(_end), linked.Token).ConfigureAwait(false);
            if (count == 0)
            {
                throw ApiErrors.Malformed("it ends in the middle", call.Database);
            }

            _end += count;
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw ApiErrors.OfTimeout(options.Timeout, call, error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw ApiErrors.OfTransport(error, call);
        }
    }
}
