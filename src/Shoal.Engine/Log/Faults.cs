namespace Shoal.Engine.Log;

/// <summary>Ways to break the rules on purpose, to prove that the tests notice. Only in builds made for that.</summary>
/// <remarks><c>no-directory-sync</c>, the one below the engine, is in <see cref="Sqlite.Vfs.DirectorySync"/>.</remarks>
internal static class Faults
{
    public const string CheckpointBeforeDurable = "checkpoint-before-durable";
    public const string RecycleBeforeSync = "recycle-before-sync";
    public const string KeepWal = "keep-wal";
    public const string NoGate = "no-gate";
    public const string NoReadGate = "no-read-gate";
    public const string NoLogFlush = "no-log-flush";

#if SHOAL_FAULTS
    private static readonly string? Active = Environment.GetEnvironmentVariable("SHOAL_FAULT");

    public static bool Is(string fault) => Active == fault;
#else
    public static bool Is(string fault) => false;
#endif
}
