using System.Globalization;
using Shoal.Engine.Catalog;
using Shoal.Engine.Log;
using Shoal.Engine.Storage;
using Shoal.Engine.Usage;
using Shoal.Protocol;
using Shoal.Sqlite;

namespace Shoal.Engine.Doctor;

/// <summary>Looks for what is wrong in a data folder that no server has open, without changing it.</summary>
/// <remarks>
/// Cost: reads the log twice and, unless asked not to, every database once; memory for the log's record heads and one entry per
/// database. Thread: one at a time.
/// </remarks>
public sealed class DataFolderDoctor
{
    /// <summary>Lines of SQLite's report that are passed on per database.</summary>
    private const int ReportLinesMax = 5;

    private readonly DoctorOptions _options;
    private readonly IProgress<DoctorProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly DataFolder _folder;
    private readonly List<DoctorFinding> _findings = [];
    private readonly HashSet<DatabaseId> _dropped = [];
    private readonly Dictionary<DatabaseId, FileInfo> _files = [];
    private IReadOnlyDictionary<DatabaseId, string> _names = new Dictionary<DatabaseId, string>();
    private string _temporary = "";
    private DurabilityMode _durability;
    private long _bytesChecked;
    private int _checked;

    private DataFolderDoctor(DoctorOptions options, DataFolder folder, IProgress<DoctorProgress>? progress,
        CancellationToken cancellation)
    {
        _options = options;
        _folder = folder;
        _progress = progress;
        _cancellation = cancellation;
    }

    /// <summary>Examines a data folder. No other process can open it meanwhile.</summary>
    /// <exception cref="EngineException">A server has the folder open, or it is no data folder.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static DoctorReport Examine(
        DoctorOptions options, IProgress<DoctorProgress>? progress, CancellationToken cancellation)
    {
        using var folder = DataFolder.OpenToRead(options.DataFolder);
        return new DataFolderDoctor(options, folder, progress, cancellation).Run();
    }

    private DoctorReport Run()
    {
        var space = DiskSpace.Of(_folder.Root);
        var report = new DoctorReport { DataFolder = _folder.Root, Findings = _findings, FreeBytes = space.FreeBytes };
        Step("Looking at the folder");
        if (!TryCheck(() =>
            {
                _folder.CheckFormat();
                _durability = _folder.Durability;
                _folder.CheckComplete();
            }))
        {
            return report;
        }

        // A folder of its own, also where the process, or one of the same number elsewhere, examines another; what is copied there
        // is nobody else's to read.
        _temporary = Path.Combine(_options.TemporaryFolder, $"shoal-doctor-{Environment.ProcessId}-{DatabaseId.NewRandom()}");
        Directory.CreateDirectory(_temporary);
        if (OperatingSystem.IsLinux())
        {
            File.SetUnixFileMode(_temporary, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        try
        {
            return Examine(report, space);
        }
        finally
        {
            Directory.Delete(_temporary, recursive: true);
        }
    }

    private DoctorReport Examine(DoctorReport report, DiskSpace space)
    {
        using var log = new LogExamination(_folder, _findings.Add);
        if (_durability == DurabilityMode.Log)
        {
            Step("Reading the log");
            log.Run();
        }

        var redo = log.Log?.Redo;
        var isKnown = _durability == DurabilityMode.Sqlite || redo is not null;
        FindFiles();
        Step("Reading the catalog");
        var hasCatalog = ReadCatalog(redo, isKnown);
        if (hasCatalog)
        {
            CompareFiles(isKnown);
        }

        if (isKnown && !_options.Quick)
        {
            CheckDatabases(redo);
        }
        else if (!isKnown)
        {
            Note("the contents of databases were not checked: while the log can not be read, nobody knows what belongs to them",
                "Deal with the log first.");
        }

        CheckSpace(space);
        return report with
        {
            Durability = _durability,
            DatabaseCount = _names.Keys.Count(static id => !SystemDatabases.Contains(id)),
            DatabaseBytes = _files.Values.Sum(static file => file.Length) + new FileInfo(_folder.CatalogPath).Length,
            CheckedCount = _checked,
            SegmentCount = log.NeededSegmentCount,
            LogBytes = log.Bytes,
            LogEnd = log.Log?.End.ToString(),
            UncheckpointedBytes = log.UncheckpointedBytes,
            UncheckpointedCount = redo?.Databases.Count ?? 0,
        };
    }

    private bool ReadCatalog(RedoIndex? redo, bool isKnown)
    {
        try
        {
            using var image = Open(DatabaseCatalog.Id, _folder.CatalogPath, redo);
            if (isKnown)
            {
                Report(image.Check(ReportLinesMax, _cancellation), "the catalog", _folder.CatalogPath, null);
                _checked++;
            }

            _names = CatalogNames.Read(image);
            if (_files.ContainsKey(UsageStore.Id))
            {
                // The engine's own; no catalog entry names it.
                _names = new Dictionary<DatabaseId, string>(_names) { [UsageStore.Id] = "usage" };
            }

            foreach (var line in image.ReadText("SELECT id FROM dropped"))
            {
                if (DatabaseId.TryParse(line, out var id))
                {
                    _dropped.Add(id);
                }
            }

            return true;
        }
        catch (Exception error) when (error is EngineException or SqliteException or IOException or UnauthorizedAccessException)
        {
            Problem($"the catalog {_folder.CatalogPath} can not be read: {error.Message}",
                "Restore the data folder from a backup; without its catalog nobody knows the names of its databases.",
                _folder.CatalogPath);
            return false;
        }
    }

    private void FindFiles()
    {
        if (!Directory.Exists(_folder.DatabasesPath))
        {
            return;
        }

        foreach (var path in Directory.EnumerateFiles(_folder.DatabasesPath, "*.sqlite", SearchOption.AllDirectories))
        {
            _cancellation.ThrowIfCancellationRequested();
            if (DatabaseId.TryParse(Path.GetFileNameWithoutExtension(path), out var id) && path == _folder.DatabasePath(id))
            {
                _files[id] = new FileInfo(path);
            }
            else
            {
                _findings.Add(new DoctorFinding(DoctorSeverity.Note, $"{path} is no database of this folder",
                    "Shoal never looks at it; move it out if you do not know what it is.") { File = path });
            }
        }
    }

    private void CompareFiles(bool isKnown)
    {
        foreach (var (id, name) in _names)
        {
            if (!_files.ContainsKey(id))
            {
                var path = _folder.DatabasePath(id);
                _findings.Add(new DoctorFinding(DoctorSeverity.Problem, $"database {name} ({id}) has no file: {path} is missing",
                    $"Put the file back from a backup; or give the database up: shoal db delete {name} --yes --data {_folder.Root}")
                {
                    File = path,
                    DatabaseId = id,
                });
            }
        }

        if (!isKnown)
        {
            // The catalog as it is may be older than its databases.
            return;
        }

        foreach (var (id, file) in _files)
        {
            if (!_names.ContainsKey(id))
            {
                _findings.Add(new DoctorFinding(DoctorSeverity.Note,
                    _dropped.Contains(id)
                        ? $"{file.FullName} belongs to a database that was deleted"
                        : $"{file.FullName} ({file.Length} bytes) belongs to no database of the catalog",
                    _dropped.Contains(id)
                        ? "Nothing to do: the next start removes it."
                        : "A crash while a database was created leaves such a file. Once you are sure, move it out of the folder.")
                {
                    File = file.FullName,
                    DatabaseId = id,
                });
            }
        }
    }

    private void CheckDatabases(RedoIndex? redo)
    {
        var total = _names.Keys.Sum(id => _files.TryGetValue(id, out var file) ? file.Length : 0);
        foreach (var (id, name) in _names)
        {
            _cancellation.ThrowIfCancellationRequested();
            if (!_files.TryGetValue(id, out var file))
            {
                continue;
            }

            _progress?.Report(new DoctorProgress($"Checking {name}", _bytesChecked, total));
            try
            {
                using var image = Open(id, file.FullName, redo);
                Report(image.Check(ReportLinesMax, _cancellation), $"database {name} ({id})", file.FullName, id);
                _checked++;
            }
            catch (EngineException error) when (error.Kind == EngineErrorKind.StorageUnavailable)
            {
                _findings.Add(new DoctorFinding(DoctorSeverity.Problem, error.Message, error.Hint ?? "")
                {
                    File = file.FullName,
                    DatabaseId = id,
                });
            }
            catch (Exception error) when (error is EngineException or SqliteException or IOException or UnauthorizedAccessException)
            {
                Report([error.Message], $"database {name} ({id})", file.FullName, id);
            }

            _bytesChecked += file.Length;
        }
    }

    private void CheckSpace(DiskSpace space)
    {
        var mark = _options.FreeBytesMin ?? DiskSpace.DefaultMark(space.TotalBytes);
        if (space.FreeBytes < mark)
        {
            Problem(string.Create(CultureInfo.InvariantCulture,
                $"the disk of {_folder.Root} has {space.FreeBytes} bytes free; below {mark} a server refuses writes"),
                "Free space or move the folder to a larger disk.", _folder.Root);
        }
    }

    private RecoveredImage Open(DatabaseId id, string path, RedoIndex? redo)
    {
        IReadOnlyList<RedoRecord>? records = null;
        _ = redo?.TryGet(id, out records);
        return RecoveredImage.Open(id, path, records, _durability, _temporary);
    }

    private void Report(IReadOnlyList<string> lines, string what, string path, DatabaseId? id)
    {
        if (lines.Count > 0)
        {
            _findings.Add(new DoctorFinding(DoctorSeverity.Problem, $"{what} is damaged: {string.Join("; ", lines)}",
                $"Restore it from an export or a backup. What can still be read of {path}: sqlite3 COPY '.recover', on a copy.")
            {
                File = path,
                DatabaseId = id,
            });
        }
    }

    private bool TryCheck(Action check)
    {
        try
        {
            check();
            return true;
        }
        catch (EngineException error)
        {
            _findings.Add(new DoctorFinding(DoctorSeverity.Problem, error.Message, error.Hint ?? ""));
            return false;
        }
    }

    private void Problem(string message, string hint, string file) =>
        _findings.Add(new DoctorFinding(DoctorSeverity.Problem, message, hint) { File = file });

    private void Note(string message, string hint) => _findings.Add(new DoctorFinding(DoctorSeverity.Note, message, hint));

    private void Step(string step) => _progress?.Report(new DoctorProgress(step, 0, 0));
}
