using System.Text.Json;
using Shoal.Items;
using Shoal.Items.Storage;
using Shoal.Server.Items.Wire;

namespace Shoal.Server.Items;

/// <summary>One request of the items endpoint, checked against its operation's shape.</summary>
internal sealed class ItemsCall
{
    /// <summary>Where the items are.</summary>
    public required ItemDatabase Database { get; init; }

    /// <summary>The request.</summary>
    public required RequestReader Request { get; init; }

    /// <summary>The region that the client signed for; part of ARNs.</summary>
    public required string Region { get; init; }

    /// <summary>Where the members of the reply go.</summary>
    public required Utf8JsonWriter Json { get; init; }

    /// <summary>Tells that the database has something to do in the background.</summary>
    public required Action Kick { get; init; }

    public required CancellationToken Aborted { get; init; }

    /// <summary>What the request costs.</summary>
    public required ItemCosts Costs { get; init; }

    /// <summary>Runs a part of the request in a transaction; durable when the task completes.</summary>
    public Task<T> WriteAsync<T>(Func<ItemTransaction, T> run) => Database.WriteAsync(run, Aborted, Costs);

    /// <summary>Runs a part of the request that only reads, on one snapshot.</summary>
    public Task<T> ReadAsync<T>(Func<ItemTransaction, T> run) => Database.ReadAsync(run, Aborted, Costs);

    /// <summary>The name of a table in ARNs.</summary>
    public string Arn(string table) => $"arn:aws:dynamodb:{Region}:000000000000:table/{table}";
}
