using System.Collections;
using System.Collections.ObjectModel;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Shoal.Client.D1;
using Shoal.Client.Rows;

namespace Shoal.Client.Ado;

/// <summary>The rows of a command, one result after the other. Statements that return no columns have none here.</summary>
/// <remarks>
/// All rows are in memory when it is made, so reading never waits and several readers may be open at once; for results too
/// large for that read with <see cref="Statement.StreamAsync{T}(CancellationToken)"/>. Thread: not safe.
/// Errors: <see cref="InvalidCastException"/> names column and type where a value is not what was asked for.
/// </remarks>
[SuppressMessage("Design", "CA1010", Justification = "The base class decides; Dapper and LINQ have their own ways.")]
public sealed class ShoalDataReader : DbDataReader, IDbColumnSchemaGenerator
{
    private readonly StatementResult[] _results;
    private readonly ShoalConnection? _toClose;
    private readonly int _affected;
    private int _result;
    private RowReader? _rows;
    private Type[]? _types;
    private bool _isFirstRead;
    private bool _hasRows;
    private bool _onRow;
    private bool _isClosed;

    internal ShoalDataReader(StatementResult[] results, int affected, ShoalConnection? toClose)
    {
        _results = [.. results.Where(static result => result.Columns.Count > 0)];
        _affected = affected;
        _toClose = toClose;
        Begin();
    }

    /// <inheritdoc/>
    public override int Depth => 0;

    /// <inheritdoc/>
    public override int FieldCount => Current?.Columns.Count ?? 0;

    /// <inheritdoc/>
    public override bool HasRows => _hasRows;

    /// <inheritdoc/>
    public override bool IsClosed => _isClosed;

    /// <summary>Rows that the command changed; -1 when it only reads.</summary>
    public override int RecordsAffected => _affected;

    private StatementResult? Current => _isClosed ? throw new InvalidOperationException("the reader is closed")
        : _result < _results.Length ? _results[_result] : null;

    /// <inheritdoc/>
    public override object this[int ordinal] => GetValue(ordinal);

    /// <inheritdoc/>
    public override object this[string name] => GetValue(GetOrdinal(name));

    /// <inheritdoc/>
    public override bool Read()
    {
        _ = Current;
        if (_isFirstRead)
        {
            _isFirstRead = false;
            return _onRow = _hasRows;
        }

        return _onRow = _rows?.MoveNext() ?? false;
    }

    /// <inheritdoc/>
    public override bool NextResult()
    {
        _ = Current;
        if (_result < _results.Length)
        {
            _result++;
        }

        Begin();
        return _result < _results.Length;
    }

    /// <inheritdoc/>
    public override void Close() => CloseAsync().ConfigureAwait(false).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override async Task CloseAsync()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            _rows = null;
            if (_toClose is not null)
            {
                await _toClose.CloseAsync().ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public override bool IsDBNull(int ordinal) => Row.IsNull(ordinal);

    /// <inheritdoc/>
    public override bool GetBoolean(int ordinal) => NotNull(ordinal).GetBoolean(ordinal);

    /// <inheritdoc/>
    public override byte GetByte(int ordinal) => checked((byte)NotNull(ordinal).GetInt64(ordinal));

    /// <inheritdoc/>
    public override char GetChar(int ordinal) => ColumnValue.Char(NotNull(ordinal), ordinal);

    /// <inheritdoc/>
    public override DateTime GetDateTime(int ordinal) => ColumnValue.DateTime(NotNull(ordinal), ordinal);

    /// <inheritdoc/>
    public override decimal GetDecimal(int ordinal) => NotNull(ordinal).GetDecimal(ordinal);

    /// <inheritdoc/>
    public override double GetDouble(int ordinal) => NotNull(ordinal).GetDouble(ordinal);

    /// <inheritdoc/>
    public override float GetFloat(int ordinal) => (float)NotNull(ordinal).GetDouble(ordinal);

    /// <inheritdoc/>
    public override Guid GetGuid(int ordinal) => NotNull(ordinal).GetGuid(ordinal);

    /// <inheritdoc/>
    public override short GetInt16(int ordinal) => checked((short)NotNull(ordinal).GetInt64(ordinal));

    /// <inheritdoc/>
    public override int GetInt32(int ordinal) => NotNull(ordinal).GetInt32(ordinal);

    /// <inheritdoc/>
    public override long GetInt64(int ordinal) => NotNull(ordinal).GetInt64(ordinal);

    /// <inheritdoc/>
    public override string GetString(int ordinal) => NotNull(ordinal).GetString(ordinal);

    /// <inheritdoc/>
    public override Stream GetStream(int ordinal) => new MemoryStream(NotNull(ordinal).GetBlob(ordinal), writable: false);

    /// <inheritdoc/>
    public override TextReader GetTextReader(int ordinal) => new StringReader(GetString(ordinal));

    /// <inheritdoc/>
    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) =>
        Part(NotNull(ordinal).GetBlob(ordinal), dataOffset, buffer, bufferOffset, length);

    /// <inheritdoc/>
    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        Part(GetString(ordinal).ToCharArray(), dataOffset, buffer, bufferOffset, length);

    /// <summary>A <see cref="long"/>, a <see cref="double"/>, a <see cref="string"/>, a <c>byte[]</c> or <see cref="DBNull"/>.</summary>
    public override object GetValue(int ordinal)
    {
        var row = Row;
        return row.KindOf(ordinal) == SqlValueKind.Integer && GetFieldType(ordinal) == typeof(double)
            ? row.GetDouble(ordinal)
            : row.GetValue(ordinal) ?? DBNull.Value;
    }

    /// <inheritdoc/>
    public override int GetValues(object[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var count = Math.Min(values.Length, FieldCount);
        for (var index = 0; index < count; index++)
        {
            values[index] = GetValue(index);
        }

        return count;
    }

    /// <summary>The value as a type: numbers, texts, blobs, enums, dates, times, GUIDs, streams; null for a nullable one.</summary>
    public override T GetFieldValue<T>(int ordinal)
    {
        var type = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
        if (type == typeof(object))
        {
            return (T)GetValue(ordinal);
        }

        if (IsDBNull(ordinal))
        {
            return typeof(T) == typeof(DBNull) ? (T)(object)DBNull.Value
                : Nullable.GetUnderlyingType(typeof(T)) is not null ? default!
                : throw IsNull(ordinal);
        }

        return (T)ColumnValue.As(Row, ordinal, type);
    }

    /// <inheritdoc/>
    public override string GetName(int ordinal) => Columns[Checked(ordinal)];

    /// <inheritdoc/>
    public override int GetOrdinal(string name)
    {
        var exact = IndexOf(name, StringComparison.Ordinal);
        var any = exact >= 0 ? exact : IndexOf(name, StringComparison.OrdinalIgnoreCase);
        return any >= 0 ? any : throw new ArgumentOutOfRangeException(nameof(name), name,
            $"the result has no such column; it has {string.Join(", ", Columns)}");
    }

    /// <inheritdoc/>
    public override Type GetFieldType(int ordinal)
    {
        Checked(ordinal);
        _types ??= ColumnType.Of(Current!.OpenRows(), FieldCount);
        return _types[ordinal];
    }

    /// <inheritdoc/>
    public override string GetDataTypeName(int ordinal) => ColumnType.NameOf(GetFieldType(ordinal));

    /// <inheritdoc/>
    public override IEnumerator GetEnumerator() => new DbEnumerator(this, closeReader: false);

    /// <summary>Names and types of the columns.</summary>
    public ReadOnlyCollection<DbColumn> GetColumnSchema() =>
        new([.. Enumerable.Range(0, FieldCount).Select(DbColumn (index) => new ShoalColumn(GetName(index), index, GetFieldType(index)))]);

    /// <inheritdoc/>
    public override DataTable? GetSchemaTable()
    {
        if (FieldCount == 0)
        {
            return null;
        }

        var table = new DataTable("SchemaTable") { Locale = CultureInfo.InvariantCulture };
        table.Columns.Add(SchemaTableColumn.ColumnName, typeof(string));
        table.Columns.Add(SchemaTableColumn.ColumnOrdinal, typeof(int));
        table.Columns.Add(SchemaTableColumn.ColumnSize, typeof(int));
        table.Columns.Add(SchemaTableColumn.DataType, typeof(Type));
        table.Columns.Add("DataTypeName", typeof(string));
        table.Columns.Add(SchemaTableColumn.AllowDBNull, typeof(bool));
        table.Columns.Add(SchemaTableColumn.IsLong, typeof(bool));
        table.Columns.Add(SchemaTableOptionalColumn.IsReadOnly, typeof(bool));
        for (var index = 0; index < FieldCount; index++)
        {
            table.Rows.Add(GetName(index), index, -1, GetFieldType(index), GetDataTypeName(index), true, false, true);
        }

        return table;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Close();
        }

        base.Dispose(disposing);
    }

    private IReadOnlyList<string> Columns => Current?.Columns ?? [];

    private RowReader Row
    {
        get
        {
            _ = Current;
            return _onRow ? _rows! : throw new InvalidOperationException("there is no row; call Read() first, and stop when it says false");
        }
    }

    private RowReader NotNull(int ordinal) => Row.IsNull(ordinal) ? throw IsNull(ordinal) : Row;

    private InvalidCastException IsNull(int ordinal) => new($"column {ordinal} ('{GetName(ordinal)}') is NULL; ask IsDBNull first");

    private void Begin()
    {
        // The first row is looked at ahead, because HasRows may be asked before it is read.
        _rows = _result < _results.Length ? _results[_result].OpenRows() : null;
        _hasRows = _rows?.MoveNext() ?? false;
        _isFirstRead = true;
        _onRow = false;
        _types = null;
    }

    private int IndexOf(string name, StringComparison comparison)
    {
        for (var index = 0; index < Columns.Count; index++)
        {
            if (string.Equals(Columns[index], name, comparison))
            {
                return index;
            }
        }

        return -1;
    }

    private int Checked(int ordinal) => (uint)ordinal < (uint)FieldCount ? ordinal
        : throw new ArgumentOutOfRangeException(nameof(ordinal), ordinal, $"the result has {FieldCount} columns");

    private static long Part<T>(T[] all, long offset, T[]? buffer, int bufferOffset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (buffer is null)
        {
            return all.Length;
        }

        var count = (int)Math.Min(length, Math.Max(0, all.Length - offset));
        Array.Copy(all, Math.Min(offset, all.Length), buffer, bufferOffset, count);
        return count;
    }
}
