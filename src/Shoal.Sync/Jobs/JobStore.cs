using System.Text.Json;
using Shoal.Client;
using Shoal.Client.D1;
using Shoal.Client.Rows;
using Shoal.Sync.Configuration;

namespace Shoal.Sync.Jobs;

/// <summary>What jobs have done and have to do, in the sync's own database: a run that was killed goes on where it was.</summary>
/// <remarks>Thread: safe. Every write may be sent twice.</remarks>
internal sealed class JobStore(ShoalClient client, SourceSettings settings)
{
    private readonly Database _database = client.Database(settings.StateDatabase, createIfMissing: true);

    /// <summary>Creates the tables, and makes jobs known that are new.</summary>
    public Task CreateAsync(CancellationToken cancellation) => _database.BatchAsync(
        [
            Make("CREATE TABLE IF NOT EXISTS jobs(name TEXT PRIMARY KEY, run INTEGER NOT NULL, state TEXT NOT NULL, "
                + "started_ms INTEGER NOT NULL, "
                + "ended_ms INTEGER) STRICT"),
            Make("CREATE TABLE IF NOT EXISTS job_tenants(job TEXT NOT NULL, tenant TEXT NOT NULL, step TEXT NOT NULL, "
                + "attempts INTEGER NOT NULL, "
                + "due_ms INTEGER NOT NULL, rows INTEGER NOT NULL, differing INTEGER NOT NULL, rows_written INTEGER NOT NULL, "
                + "error TEXT NOT NULL, PRIMARY KEY(job, tenant)) STRICT, WITHOUT ROWID"),
            .. settings.Jobs.Select(job => Make("INSERT OR IGNORE INTO jobs VALUES (?, 0, ?, ?, NULL)", job.Name, JobStatus.Idle, Now())),
        ], cancellation);

    public async Task<JobStatus> FindAsync(string job, CancellationToken cancellation)
    {
        var results = await _database.BatchAsync(
            [
                Make("SELECT run, state, started_ms, ended_ms FROM jobs WHERE name = ?", job),
                Make("SELECT tenant, step, attempts, due_ms, rows, differing, rows_written, error FROM "
                    + "job_tenants WHERE job = ? ORDER BY tenant",
                    job),
            ], cancellation);
        var tenants = results[1].Rows(Read);
        return results[0].Rows(row => new JobStatus(job, row.GetInt64(0), row.GetString(1), Time(row.GetInt64(2)),
            row.IsNull(3) ? null : Time(row.GetInt64(3))) { Tenants = tenants })[0];
    }

    /// <summary>Asks the running sync to begin a run, if none is under way.</summary>
    public Task RequestAsync(string job, CancellationToken cancellation) => Make(
        "UPDATE jobs SET state = ? WHERE name = ? AND state <> ?", JobStatus.Requested, job, JobStatus.Running).RunAsync(cancellation);

    /// <summary>Begins a run: all tenants have everything before them.</summary>
    public Task BeginAsync(JobSettings job, long run, CancellationToken cancellation) => _database.BatchAsync(
        [
            Make("DELETE FROM job_tenants WHERE job = ?1 AND EXISTS (SELECT 1 FROM jobs WHERE name = ?1 AND run = ?2)", job.Name, run),
            Make("INSERT OR IGNORE INTO job_tenants SELECT ?1, tenant, ?3, 0, 0, 0, 0, 0, '' FROM tenants WHERE "
                + "EXISTS (SELECT 1 FROM jobs WHERE name = ?1 AND run = ?2) "
                + "AND (json_array_length(?4) = 0 OR tenant IN (SELECT value FROM json_each(?4)))",
                job.Name, run, JobTenant.Fetch, JsonSerializer.Serialize(job.Tenants)),
            Make("UPDATE jobs SET run = run + 1, state = ?, started_ms = ?, ended_ms = NULL WHERE name = ? AND run = ?", JobStatus.Running,
                Now(), job.Name, run),
        ], cancellation);

    public Task SaveAsync(string job, JobTenant tenant, CancellationToken cancellation) => Make(
        "UPDATE job_tenants SET step = ?, attempts = ?, due_ms = ?, rows = ?, differing = ?, rows_written = ?, error = ? "
        + "WHERE job = ? AND tenant = ?", tenant.Step, tenant.Attempts, tenant.Due.ToUnixTimeMilliseconds(), tenant.Rows, tenant.Differing,
        tenant.RowsWritten, tenant.Error, job, tenant.Tenant).RunAsync(cancellation);

    public Task EndAsync(string job, string state, CancellationToken cancellation) => Make(
        "UPDATE jobs SET state = ?, ended_ms = ? WHERE name = ?", state, Now(), job).RunAsync(cancellation);

    private static JobTenant Read(RowReader row) => new(row.GetString(0), row.GetString(1), row.GetInt32(2), Time(row.GetInt64(3)),
        row.GetInt64(4), row.GetInt64(5), row.GetInt64(6), row.GetString(7));

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private static long Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    private Statement Make(string sql, params ReadOnlySpan<SqlValue> values) => _database.Prepare(sql).AsIdempotent().Bind(values);
}
