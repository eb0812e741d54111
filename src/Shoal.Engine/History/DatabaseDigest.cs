using System.Buffers.Binary;
using System.Security.Cryptography;
using Shoal.Engine.Transfer;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;
using Shoal.Sqlite.Statements;
using Shoal.Sqlite.Threads;

namespace Shoal.Engine.History;

/// <summary>What a database holds, in short: its tables and rows counted, schema and values hashed.</summary>
/// <remarks>Pages are not compared: SQLite leaves in unused ones what was there before.
/// Virtual tables are seen by the tables they keep.</remarks>
/// <param name="Tables">Tables.</param>
/// <param name="Rows">Rows of all tables.</param>
/// <param name="Hash">SHA-256, in hexadecimal digits.</param>
internal sealed record DatabaseDigest(int Tables, long Rows, string Hash)
{
    /// <summary>Reads all of a database.</summary>
    /// <exception cref="SqliteException">It can not be read.</exception>
    public static DatabaseDigest Of(SqliteConnection connection)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var tables = new List<string>();
        _ = Add(connection, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name", hash, row =>
        {
            if (row.Text(0).SequenceEqual("table"u8) && !row.Text(3).StartsWith("CREATE VIRTUAL"u8))
            {
                tables.Add(System.Text.Encoding.UTF8.GetString(row.Text(1)));
            }
        });
        var rows = 0L;
        foreach (var table in tables)
        {
            rows += Add(connection, $"SELECT * FROM {QuotedText.Name(table)}", hash, static _ => { });
        }

        return new DatabaseDigest(tables.Count, rows, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private static long Add(SqliteConnection connection, string sql, IncrementalHash hash, RowAction seen)
    {
        using var statement = connection.Prepare(sql);
        var columns = statement.Columns.Count;
        var rows = 0L;
        SqliteStatus status;
        for (status = statement.Step(); status.Code == SqliteStatus.Row; status = statement.Step(), rows++)
        {
            var row = statement.Row(columns);
            for (var column = 0; column < columns; column++)
            {
                Add(row, column, hash);
            }

            seen(row);
            Scheduling.OfferProcessor();
        }

        return status.IsSuccess ? rows : throw new SqliteException(status, $"{sql} fails");
    }

    private static void Add(SqliteRow row, int column, IncrementalHash hash)
    {
        var type = row.Type(column);
        Span<byte> head = stackalloc byte[9];
        head[0] = (byte)type;
        var bytes = type switch
        {
            SqliteValueType.Text => row.Text(column),
            SqliteValueType.Blob => row.Blob(column),
            _ => [],
        };
        BinaryPrimitives.WriteInt64LittleEndian(head[1..], type switch
        {
            SqliteValueType.Integer => row.Integer(column),
            SqliteValueType.Real => BitConverter.DoubleToInt64Bits(row.Real(column)),
            _ => bytes.Length,
        });
        hash.AppendData(head);
        hash.AppendData(bytes);
    }

    private delegate void RowAction(SqliteRow row);
}
