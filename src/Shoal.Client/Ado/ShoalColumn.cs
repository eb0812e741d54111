using System.Data.Common;

namespace Shoal.Client.Ado;

/// <summary>A column of a result.</summary>
internal sealed class ShoalColumn : DbColumn
{
    public ShoalColumn(string name, int ordinal, Type type)
    {
        ColumnName = name;
        ColumnOrdinal = ordinal;
        DataType = type;
        DataTypeName = ColumnType.NameOf(type);
        AllowDBNull = true;
        IsReadOnly = true;
    }
}
