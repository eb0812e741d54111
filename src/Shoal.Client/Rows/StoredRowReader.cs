using System.Globalization;
using System.Text;

namespace Shoal.Client.Rows;

/// <summary>Walks over rows that were copied out of SQLite.</summary>
internal sealed class StoredRowReader(StoredRows rows, IReadOnlyList<string> columns) : RowReader(columns)
{
    private int _row = -1;

    internal override bool MoveNext()
    {
        if (_row + 1 >= rows.Count)
        {
            Count = 0;
            return false;
        }

        _row++;
        Count = Columns.Count;
        return true;
    }

    internal override SqlValueKind KindOf(int column) => At(column).Kind;

    public override string GetString(int column)
    {
        ref readonly var cell = ref At(column);
        return cell.Kind switch
        {
            SqlValueKind.Text => Encoding.UTF8.GetString(rows.BytesOf(cell)),
            SqlValueKind.Integer => cell.Bits.ToString(CultureInfo.InvariantCulture),
            SqlValueKind.Real => BitConverter.Int64BitsToDouble(cell.Bits).ToString("R", CultureInfo.InvariantCulture),
            SqlValueKind.Null or SqlValueKind.Blob => throw Wrong(column, "a text"),
        };
    }

    private protected override long Integer(int column) => At(column).Bits;

    private protected override double Real(int column) => BitConverter.Int64BitsToDouble(At(column).Bits);

    private protected override byte[] Blob(int column) => rows.BytesOf(At(column)).ToArray();

    private ref readonly StoredCell At(int column)
    {
        if ((uint)column >= (uint)Count)
        {
            throw NoColumn(column);
        }

        return ref rows.Cell((_row * Columns.Count) + column);
    }
}
