using Shoal.Engine;
using Shoal.Engine.Databases;
using Shoal.Protocol;
using Shoal.Sqlite;
using Shoal.Sqlite.Connections;

namespace Shoal.PowerCut.Load;

/// <summary>Runs VACUUM on a database of an engine.</summary>
/// <remarks>
/// No user's SQL and no code of the engine does: a request is in a transaction, and ATTACH, which VACUUM uses, is off. This is
/// how the engine would have to do it, so that the commit log is known to take in a commit of that kind.
/// </remarks>
internal static class Vacuum
{
    public static Task RunAsync(DatabaseEngine engine, DatabaseId id) => engine.UseAsync(
        id,
        async database =>
        {
            using (var lease = await database.Writer.AcquireAsync(CancellationToken.None))
            {
                var native = lease.Connection.Native;
                database.Gate.CommitStarting();
                native.SetLimit(SqliteLimit.Attached, 1);
                try
                {
                    lease.Connection.ExecuteTrusted("VACUUM");
                }
                catch (SqliteException error)
                {
                    throw SqlErrors.Storage(error.Status, error.Message, id);
                }
                finally
                {
                    native.SetLimit(SqliteLimit.Attached, 0);
                }
            }

            await database.Gate.WaitAsync();
            return true;
        },
        CancellationToken.None);
}
