using System.Text.Json;
using Shoal.Items;
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

    /// <summary>The name of a table in ARNs.</summary>
    public string Arn(string table) => $"arn:aws:dynamodb:{Region}:000000000000:table/{table}";
}
