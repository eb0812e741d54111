using System.Data;
using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Text;
using Shoal.Protocol.Csv;

namespace Shoal.Client.Bulk;

/// <summary>Rows whose columns are known when they are read: those of a data reader, or of a CSV text.</summary>
/// <remarks>
/// Thread: not safe. Its rows are read once, as they are needed. The reader or stream stays the caller's, who closes it.
/// <code>
/// await using var reader = await command.ExecuteReaderAsync();
/// await shop.InsertManyAsync("products", RowSource.FromReader(reader));
/// </code>
/// </remarks>
public sealed class RowSource
{
    private readonly Func<CancellationToken, IAsyncEnumerable<SqlValue[]>> _read;
    private bool _isRead;

    private RowSource(string[] columns, Func<CancellationToken, IAsyncEnumerable<SqlValue[]>> read)
    {
        Columns = columns;
        _read = read;
    }

    /// <summary>Names of the columns, in order.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The rows of another database's answer, from the one after the reader's current on.</summary>
    /// <param name="reader">
    /// Of any ADO.NET provider or CSV library. Numbers, texts, bytes, dates, GUIDs and NULL are taken as parameters are: decimals
    /// as text, which loses nothing, and dates as ISO 8601.
    /// </param>
    /// <exception cref="ArgumentException">A column has no name, or that of another.</exception>
    public static RowSource FromReader(IDataReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var columns = new string[reader.FieldCount];
        for (var index = 0; index < columns.Length; index++)
        {
            columns[index] = reader.GetName(index);
            if (columns[index].Length == 0 || columns.AsSpan(0, index).Contains(columns[index], StringComparer.OrdinalIgnoreCase))
            {
                throw new ArgumentException($"column {index + 1} of the reader has no name of its own: '{columns[index]}'; "
                    + "name each column with AS", nameof(reader));
            }
        }

        return new RowSource(columns, cancellation => RowsOf(reader, columns, cancellation));
    }

    /// <summary>The records of a CSV text (RFC 4180) behind its first, which names the columns.</summary>
    /// <param name="csv">UTF-8.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellation">Ends the wait for the first record.</param>
    /// <remarks>
    /// A field that is the shortest text of a number is that number, everything else and everything in quotes is text: so 42 can
    /// be compared with numbers while 007 keeps its zeros. A column's declared type still decides what is stored.
    /// </remarks>
    /// <exception cref="CsvException">The first record names no columns; later, while rows are read, a record does not fit.</exception>
    public static async Task<RowSource> FromCsvAsync(Stream csv, CsvOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(csv);
        options ??= new CsvOptions();
        var reader = new CsvReader(csv, options.Delimiter);
        await reader.ReadAsync(cancellation).ConfigureAwait(false);
        var columns = reader.Header();
        return new RowSource(columns, one => RowsOf(reader, columns.Length, options.EmptyIsNull, one));
    }

    internal TableMap<SqlValue[]> MapTo(string table, IReadOnlyList<string> key)
    {
        ArgumentNullException.ThrowIfNull(key);
        foreach (var name in key)
        {
            if (!Columns.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                throw new ArgumentException($"the key's column '{name}' is not among those that are read: "
                    + string.Join(", ", Columns), nameof(key));
            }
        }

        var map = new TableMap<SqlValue[]>(table);
        for (var index = 0; index < Columns.Count; index++)
        {
            var column = index;
            _ = key.Contains(Columns[index], StringComparer.OrdinalIgnoreCase)
                ? map.Key(Columns[index], row => row[column])
                : map.Column(Columns[index], row => row[column]);
        }

        return map;
    }

    internal IAsyncEnumerable<SqlValue[]> ReadAsync(CancellationToken cancellation)
    {
        if (_isRead)
        {
            throw new InvalidOperationException("the rows were read already; make a new source from a new reader or stream");
        }

        _isRead = true;
        return _read(cancellation);
    }

    private static async IAsyncEnumerable<SqlValue[]> RowsOf(IDataReader reader, string[] columns,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var what = Array.ConvertAll(columns, static column => $"column '{column}'");
        while (reader is DbDataReader waiting ? await waiting.ReadAsync(cancellation).ConfigureAwait(false) : reader.Read())
        {
            var row = new SqlValue[columns.Length];
            for (var index = 0; index < row.Length; index++)
            {
                row[index] = ClrValue.Of(reader.GetValue(index), what[index]);
            }

            yield return row;
        }
    }

    private static async IAsyncEnumerable<SqlValue[]> RowsOf(CsvReader csv, int columns, bool emptyIsNull,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (await csv.ReadAsync(cancellation).ConfigureAwait(false))
        {
            csv.ExpectFields(columns);
            var row = new SqlValue[columns];
            for (var index = 0; index < row.Length; index++)
            {
                row[index] = ValueOf(csv[index], csv.IsQuoted(index), emptyIsNull);
            }

            yield return row;
        }
    }

    private static SqlValue ValueOf(ReadOnlySpan<byte> field, bool isQuoted, bool emptyIsNull)
    {
        if (field.IsEmpty && emptyIsNull && !isQuoted)
        {
            return SqlValue.Null;
        }

        long integer = 0;
        double real = 0;
        return (isQuoted ? NumberKind.None : CanonicalNumber.Read(field, out integer, out real)) switch
        {
            NumberKind.Integer => integer,
            NumberKind.Real => real,
            _ => Encoding.UTF8.GetString(field),
        };
    }
}
