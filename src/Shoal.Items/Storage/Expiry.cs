using Shoal.Items.Values;

namespace Shoal.Items.Storage;

/// <summary>When an item expires.</summary>
internal static class Expiry
{
    /// <summary>The second that a number attribute holds, as Unix time; null when the item does not expire.</summary>
    /// <remarks>As in DynamoDB, what is not a number never expires; a fraction of a second is cut off.</remarks>
    public static long? Of(Item? item, string attribute)
    {
        if (item is null || !item.TryGetValue(attribute, out var value) || value.Type != AttributeType.N)
        {
            return null;
        }

        var number = value.AsNumber;
        return number.ToInteger()
            ?? (number.Magnitude is >= 0 and <= 12 && long.TryParse(number.ToString().Split('.')[0], out var second) ? second : null);
    }
}
