namespace Shoal.Embedded.Tests.Contract;

public sealed class HttpWriterTests() : WriterContract(HttpHost.StartAsync);

public sealed class EmbeddedWriterTests() : WriterContract(EmbeddedHost.StartAsync);
