using Shoal.Embedded.Tests.Contract;

namespace Shoal.Embedded.Tests.Ado;

public sealed class HttpDapperTests() : DapperContract(HttpHost.StartAsync);

public sealed class EmbeddedDapperTests() : DapperContract(EmbeddedHost.StartAsync);
