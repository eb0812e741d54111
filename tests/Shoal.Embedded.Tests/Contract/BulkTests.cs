namespace Shoal.Embedded.Tests.Contract;

public sealed class HttpBulkTests() : BulkContract(HttpHost.StartAsync);

public sealed class EmbeddedBulkTests() : BulkContract(EmbeddedHost.StartAsync);
