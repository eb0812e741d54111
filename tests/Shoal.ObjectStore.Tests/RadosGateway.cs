using System.Diagnostics;
using System.Globalization;
using Amazon.S3;
using Amazon.S3.Model;

namespace Shoal.ObjectStore.Tests;

/// <summary>
/// A Ceph cluster of its own with an S3 gateway: one monitor, one store in memory, on free ports of this machine, gone at the end.
/// </summary>
public sealed class RadosGateway : IAsyncLifetime
{
    public const string AccessKey = "SHOALTESTACCESSKEY";
    public const string SecretKey = "shoal-test-secret-key-that-nobody-may-see";
    private const string Packages = "radosgw ceph-mon ceph-osd";
    private const int StartAttemptsMax = 6_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("shoal-rgw-").FullName;
    private readonly List<Process> _processes = [];
    private AmazonS3Client? _client;
    private int _buckets;

    public Uri Endpoint { get; } = new($"http://127.0.0.1:{FreePort.Next()}");

    public static bool IsInstalled => File.Exists("/usr/bin/radosgw") && File.Exists("/usr/bin/ceph-mon") && File.Exists("/usr/bin/ceph-osd");

    public async ValueTask InitializeAsync()
    {
        if (!IsInstalled)
        {
            return;
        }

        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", AccessKey);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", SecretKey);
        var (fsid, monitor) = (Guid.NewGuid().ToString(), FreePort.Next());
        await File.WriteAllTextAsync(At("ceph.conf"), Configuration(fsid, monitor));
        Directory.CreateDirectory(At("mon"));
        Directory.CreateDirectory(At("osd"));
        await SystemProgram.RunAsync("ceph-authtool", "--create-keyring", At("keyring"), "--gen-key", "-n", "client.admin",
            "--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *");
        foreach (var (name, osd) in ((string, string?)[])[("mon.", null), ("osd.0", "allow *"), ("client.rgw.a", "allow *")])
        {
            await SystemProgram.RunAsync("ceph-authtool", [At("keyring"), "--gen-key", "-n", name, "--cap", "mon", "allow *",
                .. osd is null ? (string[])[] : ["--cap", "osd", osd]]);
        }

        await SystemProgram.RunAsync("monmaptool", "--create", "--fsid", fsid, "--addv", "a", $"[v2:127.0.0.1:{monitor}/0]", At("monmap"));
        await SystemProgram.RunAsync("ceph-mon", "--mkfs", "-i", "a", "--monmap", At("monmap"), "--keyring", At("keyring"),
            "-c", At("ceph.conf"));
        Launch("ceph-mon", "-f", "-i", "a");
        await SystemProgram.RunAsync("ceph", "-c", At("ceph.conf"), "--connect-timeout", "300", "osd", "create", fsid);
        await SystemProgram.RunAsync("ceph-osd", "--mkfs", "-i", "0", "-c", At("ceph.conf"), "--osd-uuid", fsid);
        Launch("ceph-osd", "-f", "-i", "0");
        await SystemProgram.RunAsync("radosgw-admin", "-c", At("ceph.conf"), "user", "create", "--uid=test", "--display-name=test",
            $"--access-key={AccessKey}", $"--secret-key={SecretKey}");
        var gateway = Launch("radosgw", "-f", "-n", "client.rgw.a", "--keyring", At("keyring"));
        using var http = new HttpClient();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await http.GetAsync(Endpoint);
                break;
            }
            catch (HttpRequestException) when (attempt < StartAttemptsMax && !gateway.HasExited)
            {
                // It is starting.
                await Task.Delay(50);
            }
        }

        _client = new AmazonS3Client(AccessKey, SecretKey, new AmazonS3Config
        {
            ServiceURL = Endpoint.ToString(), ForcePathStyle = true, AuthenticationRegion = "us-east-1",
        });
    }

    /// <summary>Continuous integration has Ceph; elsewhere a test without it is skipped, with the command that installs it.</summary>
    public void Require()
    {
        var hint = $"Ceph is missing: apt-get install -y --no-install-recommends {Packages}";
        if (!IsInstalled && Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail(hint);
        }

        Assert.SkipUnless(IsInstalled, hint);
    }

    /// <summary>Makes an empty bucket.</summary>
    public async Task<string> CreateBucketAsync()
    {
        var name = $"bucket-{Interlocked.Increment(ref _buckets)}";
        await _client!.PutBucketAsync(new PutBucketRequest { BucketName = name });
        return name;
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        for (var index = _processes.Count - 1; index >= 0; index--)
        {
            _processes[index].Kill();
            await _processes[index].WaitForExitAsync();
            _processes[index].Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private string At(string name) => Path.Combine(_folder, name);

    private string Configuration(string fsid, int monitor) => string.Create(CultureInfo.InvariantCulture,
        $"""
        [global]
        fsid = {fsid}
        mon host = [v2:127.0.0.1:{monitor}/0]
        public addr = 127.0.0.1
        cluster addr = 127.0.0.1
        keyring = {At("keyring")}
        osd pool default size = 1
        osd pool default min size = 1
        osd pool default pg num = 1
        osd pool default pgp num = 1
        osd crush chooseleaf type = 0
        mon allow pool size one = true
        mon data avail crit = 1
        mon data = {At("mon")}
        osd data = {At("osd")}
        osd objectstore = memstore
        memstore device bytes = 1073741824
        run dir = {_folder}
        crash dir = {_folder}
        admin socket = {_folder}/$name.asok
        pid file = {_folder}/$name.pid
        log file = {_folder}/$name.log
        rgw frontends = beast endpoint=127.0.0.1:{Endpoint.Port}
        rgw thread pool size = 32
        rgw rados pool pg num min = 1

        """);

    private Process Launch(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = "/" };
        foreach (var one in (string[])["-c", $"exec \"$@\" >>{At(program)}.out 2>&1", "sh", program, "-c", At("ceph.conf"), .. arguments])
        {
            start.ArgumentList.Add(one);
        }

        var process = Process.Start(start)!;
        _processes.Add(process);
        return process;
    }
}
