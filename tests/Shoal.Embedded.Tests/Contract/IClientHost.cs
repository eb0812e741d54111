namespace Shoal.Embedded.Tests.Contract;

/// <summary>A client with an empty place to work in, and a database <c>shop</c>.</summary>
public interface IClientHost : IAsyncDisposable
{
    ShoalClient Client { get; }

    Database Shop { get; }

    /// <summary>What an ADO.NET connection to a database takes.</summary>
    string ConnectionString(string database);
}
