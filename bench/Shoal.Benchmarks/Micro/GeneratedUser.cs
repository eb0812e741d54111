using Shoal.Client.Rows;

namespace Shoal.Benchmarks.Micro;

/// <summary>A row whose mapper is generated.</summary>
[ShoalRow]
internal sealed partial record GeneratedUser(long Id, string Name, string Email, double Score, bool Active);
