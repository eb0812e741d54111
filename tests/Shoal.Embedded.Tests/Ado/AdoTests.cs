using Shoal.Client.Ado;
using Shoal.Embedded.Tests.Contract;

namespace Shoal.Embedded.Tests.Ado;

public sealed class HttpAdoTests() : AdoContract(HttpHost.StartAsync)
{
    [Fact]
    public async Task A_transaction_over_HTTP_refuses_reads_and_tells_its_results_after_the_commit()
    {
        await using var host = await HttpHost.StartAsync();
        await using var connection = await OpenAsync(host);
        Command(connection, "CREATE TABLE t(a INTEGER PRIMARY KEY)").ExecuteNonQuery();
        await using var transaction = connection.BeginTransaction();
        var insert = Command(connection, "INSERT INTO t VALUES (1), (2)");
        insert.Transaction = transaction;
        await insert.ExecuteNonQueryAsync();
        var read = Command(connection, "SELECT count(*) FROM t");
        read.Transaction = transaction;
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => read.ExecuteScalarAsync());
        Assert.Contains("sent together when it is committed", error.Message, StringComparison.Ordinal);
        await insert.ExecuteNonQueryAsync();
        var failed = await Assert.ThrowsAsync<ShoalDbException>(() => transaction.CommitAsync());
        Assert.Equal((ShoalErrorKind.Constraint, 1), (failed.Kind, failed.Error.StatementIndex));

        await using var again = connection.BeginTransaction();
        insert.Transaction = again;
        insert.ExecuteNonQuery();
        again.Commit();
        Assert.Equal([2L], again.Results.Select(result => result.Changes));
    }
}

public sealed class EmbeddedAdoTests() : AdoContract(EmbeddedHost.StartAsync);
