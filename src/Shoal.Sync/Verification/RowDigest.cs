using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Shoal.Client;
using Shoal.Client.Rows;
using Shoal.Sync.Plan;
using Shoal.Sync.Values;

namespace Shoal.Sync.Verification;

/// <summary>One text and one number for a row, the same for PostgreSQL's form and for the tenant's.</summary>
internal static class RowDigest
{
    /// <summary>The values of a row as PostgreSQL printed it.</summary>
    public static string[] Of(TablePlan table, string?[] fields) => [.. table.Columns.Select((column, index) =>
        column.Type.Form == ValueForm.Bytes
            ? fields[index] is { } text ? "b" + text[2..] : "n"
            : Of(ValueConverter.Convert(fields[index], column.Type)))];

    /// <summary>The values of a row of the tenant's database.</summary>
    public static string[] Of(TablePlan table, RowReader row) =>
        [.. Enumerable.Range(0, row.Count).Select(index => row.GetValue(index) switch
    {
        null => "n",
        byte[] blob => "b" + Convert.ToHexStringLower(blob),
        long integer when table.Columns[index].Type.Form == ValueForm.Real => Of((double)integer),
        long integer => Of(integer),
        double real => Of(real),
        var text => Of((string)text),
    })];

    public static string Key(TablePlan table, string[] values) => string.Join('\u001f', table.Keys.Select(key => values[key]));

    public static ulong Hash(string[] values) =>
        BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\u001f', values))));

    private static string Of(SqlValue value) => value.Kind switch
    {
        SqlValueKind.Null => "n",
        SqlValueKind.Integer => "i" + value,
        SqlValueKind.Real => "r" + value,
        SqlValueKind.Text or SqlValueKind.Blob => "t" + value.ToString().Length.ToString(CultureInfo.InvariantCulture) + ":" + value,
    };
}
