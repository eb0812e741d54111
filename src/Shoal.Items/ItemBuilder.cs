using Shoal.Items.Values;

namespace Shoal.Items;

/// <summary>Makes an item, attribute by attribute.</summary>
public sealed class ItemBuilder
{
    private readonly Item _item = [];

    /// <summary>A text.</summary>
    public ItemBuilder Add(string name, string value) => Add(name, AttributeValue.Text(value));

    /// <summary>An integer.</summary>
    public ItemBuilder Add(string name, long value) => Add(name, AttributeValue.Number(value));

    /// <summary>A number, exactly.</summary>
    public ItemBuilder Add(string name, decimal value) =>
        Add(name, AttributeValue.Number(ItemNumber.Parse(value.ToString(System.Globalization.CultureInfo.InvariantCulture))));

    /// <summary>A truth.</summary>
    public ItemBuilder Add(string name, bool value) => Add(name, AttributeValue.Boolean(value));

    /// <summary>Bytes.</summary>
    public ItemBuilder Add(string name, byte[] value) => Add(name, AttributeValue.Bytes(value));

    /// <summary>Any value.</summary>
    public ItemBuilder Add(string name, AttributeValue value)
    {
        _item[name] = value;
        return this;
    }

    /// <summary>Null.</summary>
    public ItemBuilder AddNull(string name) => Add(name, AttributeValue.Null);

    /// <summary>The item so far; a copy.</summary>
    public Item Build() => new(_item);
}
