namespace Shoal.Items.Values;

/// <summary>How large DynamoDB calls items: for the limit of 400 KB, for capacity, and for pages of 1 MB.</summary>
/// <remarks>
/// Source: the developer guide's "item sizes and formats", and what public conformance suites expect where it is silent.
/// Units: bytes.
/// </remarks>
internal static class ItemSize
{
    /// <summary>Names and values.</summary>
    public static int Of(Item item)
    {
        var size = 0;
        foreach (var (name, value) in item)
        {
            size += AttributeValue.Utf8Length(name) + Of(value);
        }

        return size;
    }

    public static int Of(AttributeValue value) => value.Type switch
    {
        AttributeType.S => AttributeValue.Utf8Length(value.AsText),
        AttributeType.N => Of(value.AsNumber),
        AttributeType.B => value.AsBytes.Length,
        AttributeType.BOOL or AttributeType.NULL => 1,
        AttributeType.M => 3 + value.AsMap.Count + Of(value.AsMap),
        AttributeType.L => 3 + value.AsList.Sum(static element => 1 + Of(element)),
        AttributeType.SS => value.AsTexts.Sum(AttributeValue.Utf8Length),
        AttributeType.NS => value.AsNumbers.Sum(Of),
        AttributeType.BS => value.AsBytesList.Sum(static member => member.Length),
    };

    /// <summary>
    /// What an item takes of a page of a query or scan: names count one byte, values a header, and every started 3 KB and the
    /// item itself a fixed part that grows with the sort key.
    /// </summary>
    public static int InPage(Item item, string? sortKey)
    {
        var size = 0;
        var sortKeySize = 0;
        foreach (var (name, value) in item)
        {
            if (name == sortKey)
            {
                sortKeySize = Of(value);
            }
            else
            {
                size += 1 + WithHeader(value);
            }
        }

        return 2 + size + ((1 + ((1 + size) / 3072)) * (18 + sortKeySize));
    }

    private static int WithHeader(AttributeValue value)
    {
        switch (value.Type)
        {
            case AttributeType.S:
                var size = Of(value);
                return size + (size < 128 ? 1 : size < 16384 ? 2 : 3);
            case AttributeType.B or AttributeType.N:
                return Of(value) + 1;
            case AttributeType.SS or AttributeType.NS or AttributeType.BS:
                return Of(value) + value.Count + 1;
            case AttributeType.NULL:
                return 0;
            case AttributeType.L:
                return 3 + value.AsList.Sum(static element => 1 + WithHeader(element));
            case AttributeType.M:
                return 3 + value.AsMap.Count + value.AsMap.Sum(static pair => 1 + WithHeader(pair.Value));
            default:
                return 1;
        }
    }

    private static int Of(ItemNumber number)
    {
        if (number.IsZero)
        {
            return 1;
        }

        var digits = number.DigitCount;
        return 1 + ((digits + 1) / 2) + (digits % 2 != 0 || number.Magnitude % 2 != 0 ? 0 : 1) + (number.IsNegative ? 1 : 0);
    }
}
