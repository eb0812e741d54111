namespace Shoal.Client.Diagnostics;

/// <summary>What a writer shows of its present state.</summary>
internal interface IWriterGauges
{
    string Name { get; }

    long BufferedRows { get; }

    long BufferedBytes { get; }

    TimeSpan Oldest { get; }

    int PermitsInUse { get; }
}
