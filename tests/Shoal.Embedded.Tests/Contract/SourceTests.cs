namespace Shoal.Embedded.Tests.Contract;

public sealed class HttpSourceTests() : SourceContract(HttpHost.StartAsync);

public sealed class EmbeddedSourceTests() : SourceContract(EmbeddedHost.StartAsync);
