using System.Data.Common;

namespace Shoal.Client.Ado;

/// <summary>Gives connections to one database.</summary>
/// <remarks>Thread: safe. Owns: nothing; disposing it ends nothing.</remarks>
public sealed class ShoalDataSource : DbDataSource
{
    private readonly Database? _database;

    /// <summary>A source by connection string; see <see cref="ShoalConnectionStringBuilder"/>.</summary>
    public ShoalDataSource(string connectionString) =>
        ConnectionString = new ShoalConnectionStringBuilder(connectionString).ConnectionString;

    /// <summary>A source of connections to a database of a client, or of an engine in this process.</summary>
    public ShoalDataSource(Database database)
    {
        ArgumentNullException.ThrowIfNull(database);
        _database = database;
        ConnectionString = new ShoalConnectionStringBuilder { Database = database.Name }.ConnectionString;
    }

    /// <inheritdoc/>
    public override string ConnectionString { get; }

    /// <summary>A connection, not open yet.</summary>
    public new ShoalConnection CreateConnection() =>
        _database is null ? new ShoalConnection(ConnectionString) : new ShoalConnection(_database);

    /// <inheritdoc/>
    protected override DbConnection CreateDbConnection() => CreateConnection();
}
