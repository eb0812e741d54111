using System.Data.Common;

namespace Shoal.Client.Ado;

/// <summary>Makes the objects of this provider, for code that knows only ADO.NET.</summary>
public sealed class ShoalProviderFactory : DbProviderFactory
{
    /// <summary>The one there is.</summary>
    public static readonly ShoalProviderFactory Instance = new();

    private ShoalProviderFactory()
    {
    }

    /// <inheritdoc/>
    public override bool CanCreateBatch => true;

    /// <inheritdoc/>
    public override DbConnection CreateConnection() => new ShoalConnection();

    /// <inheritdoc/>
    public override DbCommand CreateCommand() => new ShoalCommand();

    /// <inheritdoc/>
    public override DbParameter CreateParameter() => new ShoalParameter();

    /// <inheritdoc/>
    public override DbBatch CreateBatch() => new ShoalBatch();

    /// <inheritdoc/>
    public override DbBatchCommand CreateBatchCommand() => new ShoalBatchCommand();

    /// <inheritdoc/>
    public override DbConnectionStringBuilder CreateConnectionStringBuilder() => new ShoalConnectionStringBuilder();

    /// <inheritdoc/>
    public override DbDataSource CreateDataSource(string connectionString) => new ShoalDataSource(connectionString);
}
