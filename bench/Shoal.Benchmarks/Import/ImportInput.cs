using System.Globalization;
using System.Text;

namespace Shoal.Benchmarks.Import;

/// <summary>The same rows as values, as CSV and as SQL text.</summary>
/// <remarks>Shape: an integer that counts from 1, a short text, a real that is never whole.</remarks>
internal sealed class ImportInput
{
    /// <summary>The table that all ways of importing fill.</summary>
    public const string Schema = "CREATE TABLE items(id INTEGER PRIMARY KEY, name TEXT NOT NULL, score REAL NOT NULL)";

    /// <summary>Rows of one statement, as wrangler's and the SQLite shell's dumps have at most.</summary>
    public const int RowsPerStatement = 100;

    public ImportInput(int rowCount)
    {
        RowCount = rowCount;
        Names = new byte[rowCount][];
        var csv = new StringBuilder("id,name,score\n");
        var single = new StringBuilder();
        var multiple = new StringBuilder();
        for (var index = 0; index < rowCount; index++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"item number {index % 99_991}");
            Names[index] = Encoding.UTF8.GetBytes(name);
            csv.Append(CultureInfo.InvariantCulture, $"{index + 1},{name},{Score(index)}\n");
            var values = string.Create(CultureInfo.InvariantCulture, $"({index + 1},'{name}',{Score(index)})");
            single.Append("INSERT INTO items (id, name, score) VALUES ").Append(values).Append(";\n");
            multiple.Append(index % RowsPerStatement == 0 ? "INSERT INTO items (id, name, score) VALUES " : ",")
                .Append(values)
                .Append(index % RowsPerStatement == RowsPerStatement - 1 || index == rowCount - 1 ? ";\n" : "");
        }

        Csv = Encoding.UTF8.GetBytes(csv.ToString());
        SingleRowSql = Encoding.UTF8.GetBytes(single.ToString());
        MultiRowSql = Encoding.UTF8.GetBytes(multiple.ToString());
    }

    public int RowCount { get; }

    /// <summary>The text column, UTF-8.</summary>
    public byte[][] Names { get; }

    public byte[] Csv { get; }

    /// <summary>One INSERT per row.</summary>
    public byte[] SingleRowSql { get; }

    /// <summary>One INSERT per <see cref="RowsPerStatement"/> rows.</summary>
    public byte[] MultiRowSql { get; }

    /// <summary>The real column.</summary>
    public static double Score(int index) => (index * 0.5) + 0.25;
}
