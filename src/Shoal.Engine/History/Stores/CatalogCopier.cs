using System.IO.Compression;
using System.Security.Cryptography;
using Shoal.Engine.Catalog;
using Shoal.Engine.Databases;
using Shoal.Engine.Log;
using Shoal.Engine.Transfer;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;

namespace Shoal.Engine.History.Stores;

/// <summary>Copies the catalog for a store: names of databases, hashes of tokens, the audit log.</summary>
/// <remarks>
/// How many commits databases have had is left out: packs say so, and it would make each copy another one. Databases that nothing
/// could be restored of are not listed as databases, so that a store never names one before it has its history. Thread: one.
/// </remarks>
internal sealed class CatalogCopier(DatabaseHost host, DurableStore store, AwaitedBases awaited, EngineLimits limits, string scratch)
{
    private const int Quality = 5;
    private const int WindowBits = 22;
    private const int IdsPerStatement = 1_000;

    private (ulong Number, IReadOnlyList<DatabaseId> Without, byte[] RawHash, CatalogCopy Copy)? _last;

    /// <summary>The catalog as it is now; the same object as before when nothing has changed.</summary>
    /// <exception cref="EngineException">It can not be read.</exception>
    /// <exception cref="IOException">The scratch folder can not be written.</exception>
    public async Task<CatalogCopy> CopyAsync(CancellationToken cancellation)
    {
        var number = store.NumberOf(DatabaseCatalog.Id);
        if (_last is { } last && last.Number == number && last.Without.SequenceEqual(awaited.List()))
        {
            return last.Copy;
        }

        using var file = new RestoredFile(scratch);
        var database = await host.AcquireAsync(DatabaseCatalog.Id, cancellation).ConfigureAwait(false);
        try
        {
            await new DatabaseTransfer(database, limits).ExportSqliteAsync(file.Path, progress: null, cancellation).ConfigureAwait(false);
        }
        finally
        {
            host.Release(database);
        }

        // After the copy: what is in it, and not awaited any more, is in packs now.
        var without = awaited.List();
        return await OwnThread.RunAsync(
            () =>
            {
                var left = Strip(file.Path, without);
                var raw = File.ReadAllBytes(file.Path);
                var rawHash = SHA256.HashData(raw);
                var copy = _last is { } known && known.RawHash.AsSpan().SequenceEqual(rawHash) ? known.Copy : Compress(raw, left);
                _last = (number, without, rawHash, copy);
                return copy;
            },
            cancellation).ConfigureAwait(false);
    }

    /// <summary>The file of a copy.</summary>
    /// <exception cref="FormatException">It is damaged.</exception>
    public static byte[] Decompress(byte[] stored)
    {
        using var output = new MemoryStream();
        try
        {
            using var brotli = new BrotliStream(new MemoryStream(stored), CompressionMode.Decompress);
            brotli.CopyTo(output);
        }
        catch (Exception error) when (error is InvalidDataException or InvalidOperationException)
        {
            throw new FormatException("the copy of the catalog can not be decompressed", error);
        }

        return output.ToArray();
    }

    /// <summary>Takes out of the copy what a store does not get. Gives the databases that it would have listed.</summary>
    private static List<DatabaseId> Strip(string path, IReadOnlyList<DatabaseId> without)
    {
        var left = new List<DatabaseId>();
        var status = SqliteConnection.Open(path, SqliteOpenMode.ReadWrite, out var connection);
        using (connection)
        {
            if (connection is null)
            {
                throw new SqliteException(status, "the copy of the catalog can not be opened");
            }

            connection.Execute("PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; DELETE FROM commit_numbers");
            if (without.Count > 0)
            {
                connection.Execute(
                    "CREATE TABLE awaiting_base(id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT");
            }

            foreach (var ids in without.Chunk(IdsPerStatement))
            {
                var list = string.Join(',', ids.Select(static id => $"'{id}'"));
                left.AddRange(ids.Where(id => connection.QueryInteger($"SELECT count(*) FROM databases WHERE id = '{id}'") > 0));
                connection.Execute($"""
                    INSERT INTO awaiting_base SELECT id, name, created_at FROM databases WHERE id IN ({list});
                    DELETE FROM databases WHERE id IN ({list})
                    """);
            }

            connection.Execute("VACUUM");
        }

        return left;
    }

    private static CatalogCopy Compress(byte[] raw, IReadOnlyList<DatabaseId> left)
    {
        var stored = new byte[BrotliEncoder.GetMaxCompressedLength(raw.Length)];
        if (!BrotliEncoder.TryCompress(raw, stored, out var written, Quality, WindowBits))
        {
            throw new InvalidOperationException("the encoder says that its own bound is too small");
        }

        stored = stored[..written];
        return new CatalogCopy(stored, Convert.ToHexStringLower(SHA256.HashData(stored)), left);
    }
}
