namespace Shoal.Benchmarks.Micro;

/// <summary>The same row without a generated mapper.</summary>
internal sealed record CompiledUser(long Id, string Name, string Email, double Score, bool Active);
