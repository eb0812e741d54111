using Npgsql;
using Shoal.Sync.Postgres;

namespace Shoal.Sync.Tests.Postgres;

/// <summary>Goal: no end of a connection ends the sync. Method: Npgsql's own errors.</summary>
[Collection(PostgresCollection.Name)]
public sealed class LostConnectionTests(PostgresCluster cluster)
{
    [Fact]
    public async Task A_connection_that_broke_between_two_commands_is_lost()
    {
        await using var connection = new NpgsqlConnection(cluster.Connection("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT 1", connection);
        await command.ExecuteScalarAsync();
        await cluster.ExecuteAsync("postgres", $"SELECT pg_terminate_backend({connection.ProcessID})");
        var first = await Assert.ThrowsAnyAsync<Exception>(() => command.ExecuteScalarAsync());
        var second = await Assert.ThrowsAsync<InvalidOperationException>(() => command.ExecuteScalarAsync());
        Assert.True(LostConnection.Is(first), first.ToString());
        Assert.True(LostConnection.Is(second), second.ToString());
    }

    /// <summary>It comes once in many breaks, when what reads and what closes meet; so one is made here.</summary>
    [Fact]
    public void A_connection_that_broke_while_a_message_was_read_is_lost() =>
#pragma warning disable CA2201 // stands for the runtime's
        Assert.True(LostConnection.Is(new NullReferenceException { Source = typeof(NpgsqlConnection).Assembly.GetName().Name }));
#pragma warning restore CA2201

    [Fact]
    public void A_mistake_of_our_own_is_not_taken_for_that()
    {
        Assert.False(LostConnection.Is(Assert.Throws<InvalidOperationException>(static () => new Stack<int>().Pop())));
        Assert.False(LostConnection.Is(Assert.Throws<NullReferenceException>(static () => ((string)null!).Length.ToString())));
    }
}
