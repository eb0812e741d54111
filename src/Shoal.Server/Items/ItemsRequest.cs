using Shoal.Items;
using Shoal.Server.Items.Auth;

namespace Shoal.Server.Items;

/// <summary>What becomes known of a request of the items endpoint while it runs.</summary>
internal sealed class ItemsRequest
{
    /// <summary>The name of its operation; null while that is not known.</summary>
    public string? Operation { get; set; }

    /// <summary>Whose access key it came with; null for one that is not known.</summary>
    public ItemsAccessKey? Key { get; set; }

    /// <summary>Where the items are; null until that is found.</summary>
    public ItemDatabase? Database { get; set; }

    /// <summary>Whether all of it was done.</summary>
    public bool IsDone { get; set; }

    public ItemCosts Costs { get; } = new();
}
