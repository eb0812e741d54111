namespace Shoal.Embedded.Tests.Contract;

public sealed class HttpStatementTests() : StatementContract(HttpHost.StartAsync);

public sealed class EmbeddedStatementTests() : StatementContract(EmbeddedHost.StartAsync);
