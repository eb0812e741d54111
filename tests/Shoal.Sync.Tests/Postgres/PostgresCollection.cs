namespace Shoal.Sync.Tests.Postgres;

/// <summary>Tests that share a cluster; each has a database of its own.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresCollection : ICollectionFixture<PostgresCluster>
{
    public const string Name = "PostgreSQL";
}
