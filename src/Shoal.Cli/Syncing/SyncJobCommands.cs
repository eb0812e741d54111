using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Shoal.Cli.Configuration;
using Shoal.Cli.Output;
using Shoal.Sync;
using Shoal.Sync.Configuration;
using Shoal.Sync.Jobs;

namespace Shoal.Cli.Syncing;

/// <summary><c>shoal sync job</c>: full syncs by hand, and how they stand.</summary>
internal static class SyncJobCommands
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(2);

    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var command = new CliCommand("job", "Full syncs: make tenants as PostgreSQL is, writing only rows that differ.",
            "sync job list shop.json", "sync job run shop.json nightly");
        command.Add(CreateList(application, options));
        command.Add(CreateRun(application, options));
        command.Add(CreateStatus(application, options));
        return command;
    }

    private static CliCommand CreateList(CliApplication application, TargetOptions options)
    {
        var input = new SyncInput();
        var command = options.AddTo(new CliCommand("list", "List jobs and how their last runs ended.",
            "sync job list shop.json", "sync job list shop.json --json"));
        input.AddTo(command);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            using var client = SyncInput.Connect(context);
            var jobs = new List<JobStatus>();
            foreach (var source in await input.ReadAsync(context, cancellationToken))
            {
                jobs.AddRange(await SyncInput.GuardAsync(() => new SyncJobs(source, client).ListAsync(cancellationToken)));
            }

            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer =>
                {
                    writer.WriteStartArray();
                    jobs.ForEach(job => Write(writer, job, tenants: false));
                    writer.WriteEndArray();
                });
                return;
            }

            RowsOutput.Write(context.Console, ["job", "run", "state", "tenants", "rows_written", "began"],
                jobs.Select(static job => new object?[]
            {
                job.Name, job.Run, job.State, (long)job.Tenants.Count, job.RowsWritten, job.Run == 0 ? null : Time(job.Started),
            }));
        });
    }

    private static CliCommand CreateStatus(CliApplication application, TargetOptions options)
    {
        var input = new SyncInput();
        var name = NewName();
        var command = options.AddTo(new CliCommand("status", "Show the step, the rows and the errors of every tenant of a job's last run.",
            "sync job status shop.json nightly", "sync job status shop.json nightly --json"));
        input.AddTo(command);
        command.Add(name);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            using var client = SyncInput.Connect(context);
            var source = SourceOf(await input.ReadAsync(context, cancellationToken), context.Required(name));
            Write(context,
                await SyncInput.GuardAsync(() => new SyncJobs(source, client).FindAsync(context.Required(name), cancellationToken)));
        });
    }

    private static CliCommand CreateRun(CliApplication application, TargetOptions options)
    {
        var input = new SyncInput();
        var name = NewName();
        var leave = new Option<bool>("--no-wait") { Description = "Only ask for the run." };
        var command = options.AddTo(new CliCommand("run",
            "Have the running sync run a job now, and wait for its end; exits with 3 when tenants failed. May be stopped and given "
            + "again: it joins the run.", "sync job run shop.json nightly", "sync job run shop.json nightly --no-wait"));
        input.AddTo(command);
        command.Add(name);
        command.Add(leave);
        return application.BindWithCode(command, async (context, cancellationToken) =>
        {
            using var client = SyncInput.Connect(context);
            var job = context.Required(name);
            var jobs = new SyncJobs(SourceOf(await input.ReadAsync(context, cancellationToken), job), client);
            var run = await SyncInput.GuardAsync(() => jobs.RequestAsync(job, cancellationToken));
            var status = await SyncInput.GuardAsync(() => jobs.FindAsync(job, cancellationToken));
            var reported = DateTimeOffset.UtcNow;
            while (!context.Arguments.GetValue(leave) && (status.Run < run || (status.Run == run && status.Ended is null)))
            {
                await Task.Delay(Poll, cancellationToken);
                status = await SyncInput.GuardAsync(() => jobs.FindAsync(job, cancellationToken));
                if (DateTimeOffset.UtcNow - reported >= ReportInterval)
                {
                    reported = DateTimeOffset.UtcNow;
                    context.Console.Note($"{job}: {status.Tenants.Count(static one => one.IsSettled)} of {status.Tenants.Count} tenants, "
                        + $"{Units.Count(status.RowsWritten)} rows written");
                }
            }

            Write(context, status);
            return status.State == JobStatus.Failed && status.Run == run ? ExitCode.ProblemsFound : ExitCode.Ok;
        });
    }

    private static Argument<string> NewName() => new("NAME") { Description = "The job." };

    private static SourceSettings SourceOf(IReadOnlyList<SourceSettings> sources, string job)
    {
        var found = sources.Where(source => source.Jobs.Any(one => one.Name == job)).ToList();
        return found.Count switch
        {
            1 => found[0],
            0 => throw CliException.Usage($"the file has no job {job}", "it has "
                + (sources.SelectMany(static source => source.Jobs).Any()
                    ? string.Join(", ", sources.SelectMany(static source => source.Jobs).Select(static one => one.Name))
                        : "none; see \"jobs\"")),
            _ => throw CliException.Usage($"several sources have a job {job}", "say which one with --source NAME"),
        };
    }

    private static void Write(CommandContext context, JobStatus status)
    {
        if (context.Json)
        {
            JsonOutput.Write(context.Console, writer => Write(writer, status, tenants: true));
            return;
        }

        context.Console.Out.WriteLine($"{status.Name}: run {status.Run} {status.State}, {Units.Count(status.RowsWritten)} rows written");
        RowsOutput.Write(context.Console, ["tenant", "step", "attempts", "rows", "differing", "rows_written", "error"],
            status.Tenants.Select(static one => new object?[]
            {
                one.Tenant, one.Step, (long)one.Attempts, one.Rows, one.Differing, one.RowsWritten, one.Error,
            }));
    }

    private static void Write(Utf8JsonWriter writer, JobStatus status, bool tenants)
    {
        writer.WriteStartObject();
        writer.WriteString("job", status.Name);
        writer.WriteNumber("run", status.Run);
        writer.WriteString("state", status.State);
        writer.WriteString("began", status.Run == 0 ? null : Time(status.Started));
        writer.WriteString("ended", status.Ended is { } ended ? Time(ended) : null);
        writer.WriteNumber("rows_written", status.RowsWritten);
        if (tenants)
        {
            writer.WriteStartArray("tenants");
            foreach (var one in status.Tenants)
            {
                writer.WriteStartObject();
                writer.WriteString("tenant", one.Tenant);
                writer.WriteString("step", one.Step);
                writer.WriteNumber("attempts", one.Attempts);
                writer.WriteNumber("rows", one.Rows);
                writer.WriteNumber("differing", one.Differing);
                writer.WriteNumber("rows_written", one.RowsWritten);
                writer.WriteString("error", one.Error);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
