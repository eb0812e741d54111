using System.Globalization;
using System.Security.Cryptography;
using Shoal.Engine;
using Shoal.PowerCut;
using Shoal.PowerCut.Kill;
using Shoal.PowerCut.Load;
using Shoal.PowerCut.Refuse;
using Shoal.PowerCut.Replay;

// Commands: `run` records a load and cuts its power at many points; `load`, `script` and `check` are its child processes. `kill`
// kills a server again and again.
// Requests run on their callers' threads and wait there for the disk.
ThreadPool.SetMinThreads(32, 32);
try
{
    var words = args.Skip(1).ToArray();
    switch (args.FirstOrDefault())
    {
        case "run":
            return await RunAsync(new Arguments(words,
                ["--work", "--disk", "--points", "--point", "--seconds", "--seed", "--commits", "--durability", "--fs", "--flush-us", "--lies", "--fault", "--errors", "--only", "--from", "--refuse", "--bad-disks", "--replay"]));
        case "load":
            await LoadAsync(new Arguments(words, ["--folder", "--marks", "--seed", "--round", "--commits", "--durability"]));
            return 0;
        case "check":
            var check = new Arguments(words, ["--recording", "--seed", "--durability", "--full"]);
            await Checker.RunAsync(
                check.Text("--recording"), check.Seed("--seed"), new EngineSettings(check.Text("--durability")),
                isFull: check.Text("--full") == "yes");
            return 0;
        case "script":
            return await ScriptAsync(new Arguments(words, ["--folder", "--seed", "--durability"]));
        case "kill":
            var kill = new Arguments(words, ["--server", "--folder", "--kills", "--seconds", "--seed", "--durability"]);
            return await KillAsync(kill);
        default:
            throw new ArgumentException("the commands are run, kill, load, script and check");
    }
}
catch (Exception error) when (error is ArgumentException or IOException)
{
    Console.Error.WriteLine($"error: {error.Message}");
    return 2;
}

static async Task<int> RunAsync(Arguments arguments)
{
    var work = arguments.Text("--work");
    var disk = arguments.Text("--disk");
    var durability = arguments.Text("--durability", "log");
    var fileSystem = arguments.Text("--fs", "ext4");
    if (fileSystem != "ext4")
    {
        throw new ArgumentException($"--fs {fileSystem}: there is ext4");
    }

    // The engine's processes inherit it. With something broken on purpose, the run is there to see it fail.
    var fault = arguments.Text("--fault", "");
    Environment.SetEnvironmentVariable("SHOAL_FAULT", fault.Length > 0 ? fault : null);
    var lies = arguments.Number("--lies", 0);
    var broken = fault.Length > 0 ? fault : lies > 0 ? $"a disk that lies of {lies} flushes" : null;

    var seedFile = Path.Combine(work, "seed");
    var seed = arguments.Has("--replay")
        ? ulong.Parse(await File.ReadAllTextAsync(seedFile), CultureInfo.InvariantCulture)
        : SeedOf(arguments);
    Console.WriteLine($"seed {seed}");
    if (arguments.Has("--errors"))
    {
        return Print(await new ErrorPositions(work, arguments.Text("--refuse"), seed, durability)
            .RunAsync(new ErrorChoice(arguments.Text("--errors") == "all" ? null : arguments.Number("--errors", 0),
                arguments.Text("--only", ""), arguments.Has("--from") ? arguments.Text("--from") : null)));
    }

    if (arguments.Has("--bad-disks"))
    {
        return Print(
            await new ErrorRuns(work, disk, fileSystem, seed, durability).RunAsync(arguments.Number("--bad-disks", 0)));
    }

    if (!arguments.Has("--replay"))
    {
        await File.WriteAllTextAsync(seedFile, seed.ToString(CultureInfo.InvariantCulture));
        try
        {
            await new Recorder(work, disk, fileSystem, seed, arguments.Number("--commits", 4_000))
            {
                FlushMicroseconds = arguments.Number("--flush-us", Recorder.FlushMicrosecondsDefault),
                Durability = durability,
            }.RunAsync();
        }
        catch (LoadException error) when (fault.Length > 0)
        {
            Console.WriteLine($"caught: {fault}: {error.Message}\n1 passed, 0 failed");
            return 0;
        }
    }

    var contents = Contents.Of(Recording.Load(Replayer.RecordingPath(work)), Replayer.RecordingPath(work), seed);
    Console.WriteLine(contents);
    var report = await new Replayer(work, disk, fileSystem, seed)
    {
        Durability = durability,
        Lies = lies,
        StopAtFailure = broken is not null,
        TimeMax = SecondsOf(arguments),
    }.RunAsync(
        arguments.Number("--points", 1_000),
        arguments.Has("--point") ? arguments.Number("--point", 0) : null);
    if (broken is null)
    {
        var missing = contents.Missing(durability);
        if (missing.Count > 0)
        {
            Console.WriteLine($"FAILED the load never did: {string.Join(", ", missing)}");
            report.Fail();
        }

        return Print(report);
    }

    Console.WriteLine(report);
    var caught = report.FailedPoints > 0;
    Console.WriteLine(caught ? $"caught: {broken}, after {report.Points} points\n1 passed, 0 failed" : $"NOT NOTICED: {broken}\n0 passed, 1 failed");
    return caught ? 0 : 1;
}

static TimeSpan? SecondsOf(Arguments arguments) =>
    arguments.Has("--seconds") ? TimeSpan.FromSeconds(arguments.Number("--seconds", 0)) : null;

static int Print(Report report)
{
    Console.WriteLine(report);
    Console.WriteLine($"{report.Points - report.FailedPoints} passed, {report.FailedPoints} failed");
    return report.FailedPoints == 0 ? 0 : 1;
}

static async Task<int> KillAsync(Arguments arguments)
{
    var seed = SeedOf(arguments);
    Console.WriteLine($"seed {seed}");
    return await new KillLoop(arguments.Text("--server"), arguments.Text("--folder"), seed,
        arguments.Has("--durability") ? arguments.Text("--durability") : null).RunAsync(arguments.Number("--kills", 100), SecondsOf(arguments));
}

static ulong SeedOf(Arguments arguments) =>
    arguments.Has("--seed") ? arguments.Seed("--seed") : (ulong)RandomNumberGenerator.GetInt32(int.MaxValue);

static async Task LoadAsync(Arguments arguments)
{
    var settings = new EngineSettings(arguments.Text("--durability"));
    await using var engine = await DatabaseEngine.OpenAsync(settings.ForLoad(arguments.Text("--folder")));
    using var marks = new MarkFile(arguments.Text("--marks"));
    await new Workload(new EngineDatabases(engine), marks, new LoadOptions
    {
        Seed = arguments.Seed("--seed"),
        Round = arguments.Number("--round", 0),
        Commits = arguments.Number("--commits", 1_000),
        Committed = static commits => Console.WriteLine(commits),
    }).RunAsync();
}

static async Task<int> ScriptAsync(Arguments arguments)
{
    DatabaseEngine engine;
    try
    {
        var settings = new EngineSettings(arguments.Text("--durability"));
        engine = await DatabaseEngine.OpenAsync(settings.ForScript(arguments.Text("--folder")));
    }
    catch (EngineException)
    {
        return ScriptCodes.NotStarted;
    }

    try
    {
        await new Script(engine, new MarkLines(), arguments.Seed("--seed")).RunAsync();
    }
    catch (LoadException error)
    {
        Console.Error.WriteLine(error.Message);
        return ScriptCodes.Wrong;
    }

    try
    {
        await engine.DisposeAsync();
        return 0;
    }
    catch (EngineException)
    {
        return ScriptCodes.NotClosed;
    }
}
