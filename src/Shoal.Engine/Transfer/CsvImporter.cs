using System.Diagnostics;
using System.Text;
using Shoal.Engine.Databases;
using Shoal.Engine.Requests;
using Shoal.Protocol;
using Shoal.Protocol.Csv;
using Shoal.Sqlite;
using Shoal.Sqlite.Statements;

namespace Shoal.Engine.Transfer;

/// <summary>Inserts the records of a CSV text with one prepared statement in one transaction.</summary>
/// <remarks>
/// Text that is the canonical form of a number is bound as that number, everything else as text; so <c>42</c> can be
/// compared with numbers while <c>007</c> keeps its zeros, and a column's declared type still decides.
/// </remarks>
internal sealed class CsvImporter(
    DatabaseId id, WriterLease lease, CsvReader csv, CsvImportOptions options, IProgress<TransferProgress>? progress)
{
    private static readonly StatementPosition Start = new(0, 0);

    /// <summary>Inserts everything and commits.</summary>
    /// <exception cref="EngineException">A record does not fit; nothing was applied.</exception>
    public ImportResult Run(CancellationToken cancellation)
    {
        var connection = lease.Connection;
        var native = connection.Native;
        connection.BeginImport(cancellation);
        try
        {
            lease.Transactions.Begin();
            var sizeBefore = native.GetSize().UsedBytes;
            var changesBefore = native.TotalChanges;
            var rowIdBefore = native.LastInsertRowId;
            var start = Stopwatch.GetTimestamp();
            csv.Read();
            var columns = csv.Header();
            CreateTable(columns);
            using var insert = Prepare(InsertText(columns));
            var rows = InsertAll(insert, columns.Length, cancellation);
            var size = native.GetSize().UsedBytes;
            lease.Transactions.Commit();
            connection.NoteSize(size);
            progress?.Report(new TransferProgress(csv.BytesRead, rows));
            var changes = native.TotalChanges - changesBefore;
            return new ImportResult(rows, new StatementMeta(Stopwatch.GetElapsedTime(start), insert.TakeRowsRead(),
                insert.TakeRowsWritten(), RowsReturned: 0, changes, native.LastInsertRowId,
                changes != 0 || native.LastInsertRowId != rowIdBefore || size != sizeBefore, size));
        }
        finally
        {
            lease.Transactions.Rollback();
            connection.EndImport();
        }
    }

    private static SqliteStatus Bind(SqliteStatement statement, int index, ReadOnlySpan<byte> text) =>
        CanonicalNumber.Read(text, out var integer, out var real) switch
        {
            NumberKind.Integer => statement.BindInteger(index, integer),
            NumberKind.Real => statement.BindReal(index, real),
            _ => statement.BindText(index, text),
        };

    private void CreateTable(string[] columns)
    {
        using var create = Prepare(
            $"CREATE TABLE IF NOT EXISTS {QuotedText.Name(options.Table)} ({string.Join(", ", columns.Select(QuotedText.Name))})");
        var status = create.Step();
        if (!status.IsSuccess)
        {
            throw lease.Connection.DescribeUser(status, Start);
        }
    }

    private string InsertText(string[] columns) =>
        $"INSERT INTO {QuotedText.Name(options.Table)} ({string.Join(", ", columns.Select(QuotedText.Name))}) "
        + $"VALUES ({string.Join(", ", columns.Select(static _ => "?"))})";

    private SqliteStatement Prepare(string sql)
    {
        var status = lease.Connection.PrepareUser(Encoding.UTF8.GetBytes(sql + '\0'), out var statement, out _);
        return status.IsSuccess && statement is not null
            ? statement
            : throw lease.Connection.DescribeUser(status, Start);
    }

    private long InsertAll(SqliteStatement insert, int columnCount, CancellationToken cancellation)
    {
        var rows = 0L;
        while (csv.Read())
        {
            csv.ExpectFields(columnCount);
            lease.Connection.NextOfImport();
            for (var index = 0; index < columnCount; index++)
            {
                var field = csv[index];
                var status = field.IsEmpty && options.EmptyIsNull && !csv.IsQuoted(index)
                    ? insert.BindNull(index + 1)
                    : csv.IsQuoted(index) ? insert.BindText(index + 1, field) : Bind(insert, index + 1, field);
                if (!status.IsSuccess)
                {
                    throw RecordFailed(status);
                }
            }

            var step = insert.Step();
            if (!step.IsSuccess)
            {
                throw RecordFailed(step);
            }

            insert.Reset();
            rows++;
            if (rows % 10_000 == 0)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report(new TransferProgress(csv.BytesRead, rows));
            }
        }

        return rows;
    }

    private Exception RecordFailed(SqliteStatus status)
    {
        var error = lease.Connection.DescribeUser(status, Start);
        return error is SqlException sql
            ? new SqlException($"CSV record {csv.RecordNumber}: {sql.Message}", sql.PrimaryCode, sql.ExtendedCode,
                sql.OffsetBytes, Start, id)
            : error;
    }
}
