namespace Shoal.Sync.State;

/// <summary>A change that a database refused, put aside so that the others could go on.</summary>
public sealed record DeadLetter(long Id, string Tenant, string Table, string Operation, string Key, string Error, long Lsn, long AtMs);
