namespace Shoal.Items.Values;

/// <summary>An item, or a map inside of one: attributes by name, compared by ordinal.</summary>
/// <remarks>Thread: not safe while it is changed. The store takes no ownership: what it returns is a copy.</remarks>
public sealed class Item : Dictionary<string, AttributeValue>
{
    /// <summary>An empty item.</summary>
    public Item()
        : base(StringComparer.Ordinal)
    {
    }

    /// <summary>A copy; its values, which never change, are shared.</summary>
    public Item(Item other)
        : base(other, StringComparer.Ordinal)
    {
    }
}
