namespace Shoal.Engine.Doctor;

/// <summary>What an examination looks at.</summary>
public sealed class DoctorOptions
{
    /// <summary>The data folder. Required. Nothing in it is changed.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Leaves out reading the content of every database. Default false.</summary>
    public bool Quick { get; init; }

    /// <summary>
    /// Where copies of databases go that the log still has commits for: one at a time, with the size of its file. Default: the
    /// system's folder for temporary files.
    /// </summary>
    public string TemporaryFolder { get; init; } = Path.GetTempPath();

    /// <summary>Free space below which it is a problem. Units: bytes. Default: as the engine's own.</summary>
    public long? FreeBytesMin { get; init; }
}
