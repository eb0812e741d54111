using Shoal.Client.Rows;

namespace Shoal.Client.Ado;

/// <summary>
/// Which .NET type a result's column has. SQLite types values, not columns: integers beside reals are a column of reals, other
/// mixtures are objects, and so is a column of nothing but NULL.
/// </summary>
internal static class ColumnType
{
    /// <summary>The type of each column, from all rows.</summary>
    public static Type[] Of(RowReader? rows, int count)
    {
        var types = new Type?[count];
        while (rows is not null && rows.MoveNext())
        {
            for (var column = 0; column < count; column++)
            {
                types[column] = Join(types[column], OfKind(rows.KindOf(column)));
            }
        }

        return [.. types.Select(static type => type ?? typeof(object))];
    }

    /// <summary>The name of SQLite's type.</summary>
    public static string NameOf(Type type) =>
        type == typeof(long) ? "INTEGER" : type == typeof(double) ? "REAL" : type == typeof(string) ? "TEXT"
        : type == typeof(byte[]) ? "BLOB" : "";

    private static Type? OfKind(SqlValueKind kind) => kind switch
    {
        SqlValueKind.Null => null,
        SqlValueKind.Integer => typeof(long),
        SqlValueKind.Real => typeof(double),
        SqlValueKind.Text => typeof(string),
        SqlValueKind.Blob => typeof(byte[]),
    };

    private static Type? Join(Type? known, Type? next) =>
        next is null || known == next ? known
        : known is null ? next
        : known.IsPrimitive && next.IsPrimitive ? typeof(double)
        : typeof(object);
}
