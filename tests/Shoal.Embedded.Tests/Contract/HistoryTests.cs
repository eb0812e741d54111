namespace Shoal.Embedded.Tests.Contract;

public sealed class HttpHistoryTests() : HistoryContract(HttpHost.StartAsync);

public sealed class EmbeddedHistoryTests() : HistoryContract(EmbeddedHost.StartAsync);
