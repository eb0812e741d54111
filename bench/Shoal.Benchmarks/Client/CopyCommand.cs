using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Shoal.Benchmarks.Import;
using Shoal.Load.Report;

namespace Shoal.Benchmarks.Client;

/// <summary><c>copy</c>: the same rows into PostgreSQL by Npgsql's binary COPY, by its batches of 100 statements, and by Entity Framework.</summary>
internal static class CopyCommand
{
    private const int BatchStatements = 100;

    /// <summary>Rows of one SaveChanges; Entity Framework itself cuts them into commands.</summary>
    private const int SavedRows = 1_000;

    public static Command Create()
    {
        var connection = new Option<string>("--connection") { Required = true };
        var rows = new Option<int>("--rows") { DefaultValueFactory = static _ => 1_000_000 };
        var repeat = new Option<int>("--repeat") { DefaultValueFactory = static _ => 3 };
        var json = new Option<string?>("--json") { Description = "append the numbers to this file, one line per run" };
        var command = new Command("copy", "Writing rows into PostgreSQL.") { connection, rows, repeat, json };
        command.SetAction(async (parsed, stop) =>
        {
            await using var source = NpgsqlDataSource.Create(parsed.GetValue(connection)!);
            await using var open = await source.OpenConnectionAsync(stop);
            await RunAsync(open, "CREATE TABLE copied(id integer PRIMARY KEY, name text NOT NULL, score double precision NOT NULL)");
            for (var round = -1; round < parsed.GetValue(repeat); round++)
            {
                foreach (var way in (string[])["npgsql-copy", "npgsql-batch-100", "efcore-save-1000"])
                {
                    var count = Math.Min(round < 0 ? 20_000 : parsed.GetValue(rows), way == "npgsql-copy" ? int.MaxValue : 100_000);
                    await RunAsync(open, "TRUNCATE copied");
                    var start = Stopwatch.GetTimestamp();
                    await (way switch
                    {
                        "npgsql-copy" => CopyAsync(open, count),
                        "npgsql-batch-100" => BatchAsync(open, count),
                        _ => SaveAsync(open, count),
                    });
                    if (round >= 0)
                    {
                        Report(parsed.GetValue(json), way, count, Stopwatch.GetElapsedTime(start));
                    }
                }
            }
        });
        return command;
    }

    private static async Task CopyAsync(NpgsqlConnection connection, int rows)
    {
        await using var writer = await connection.BeginBinaryImportAsync("COPY copied(id, name, score) FROM STDIN (FORMAT BINARY)");
        for (var index = 0; index < rows; index++)
        {
            await writer.StartRowAsync();
            await writer.WriteAsync(index + 1);
            await writer.WriteAsync(Name(index));
            await writer.WriteAsync(ImportInput.Score(index));
        }

        await writer.CompleteAsync();
    }

    private static async Task BatchAsync(NpgsqlConnection connection, int rows)
    {
        foreach (var chunk in Enumerable.Range(0, rows).Chunk(BatchStatements))
        {
            await using var batch = connection.CreateBatch();
            foreach (var index in chunk)
            {
                var command = batch.CreateBatchCommand();
                command.CommandText = "INSERT INTO copied(id, name, score) VALUES ($1, $2, $3)";
                command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = index + 1 });
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Name(index) });
                command.Parameters.Add(new NpgsqlParameter<double> { TypedValue = ImportInput.Score(index) });
                batch.BatchCommands.Add(command);
            }

            await batch.ExecuteNonQueryAsync();
        }
    }

    private static async Task SaveAsync(NpgsqlConnection connection, int rows)
    {
        await using var context = new CopiedContext(connection);
        foreach (var chunk in Enumerable.Range(0, rows).Chunk(SavedRows))
        {
            context.AddRange(chunk.Select(static index =>
                new CopiedItem { Id = index + 1, Name = Name(index), Score = ImportInput.Score(index) }));
            await context.SaveChangesAsync();
            context.ChangeTracker.Clear();
        }
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static string Name(int index) => string.Create(CultureInfo.InvariantCulture, $"item number {index % 99_991}");

    private static void Report(string? file, string way, int rows, TimeSpan elapsed)
    {
        var perSecond = rows / elapsed.TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"client/{way,-16} {rows,10:N0} rows  {perSecond,12:N0} rows/s"));
        Measurement.Append(file, "client/" + way, new
        {
            rows,
            seconds = Math.Round(elapsed.TotalSeconds, 4),
            rowsPerSecond = Math.Round(perSecond),
        });
    }
}
