using System.Diagnostics;
using System.Text.Json;
using Shoal.Items;
using Shoal.Items.Tables;
using Shoal.Items.Values;
using Shoal.Server.Items.Shapes;

namespace Shoal.Server.Items.Wire;

/// <summary>Makes attribute values of JSON whose types have been checked.</summary>
internal static class ValueReader
{
    private const string Invalid = "One or more parameter values were invalid: ";

    /// <summary>An item or a key.</summary>
    /// <exception cref="ItemException">A value is not valid.</exception>
    public static Item ReadItem(JsonElement map) => ReadMap(map, depth: 0);

    /// <exception cref="ItemException">It is not valid.</exception>
    public static AttributeValue Read(JsonElement value) => Read(value, depth: 1);

    private static Item ReadMap(JsonElement map, int depth)
    {
        var item = new Item();
        foreach (var entry in map.EnumerateObject())
        {
            item[entry.Name] = Read(entry.Value, depth + 1);
        }

        return item;
    }

    private static AttributeValue Read(JsonElement json, int depth)
    {
        if (depth > ItemLimits.NestingMax)
        {
            throw ItemException.Validation("Nesting Levels have exceeded supported limits: "
                + "Attributes in the item have nested levels beyond supported limit");
        }

        if (json.ValueKind == JsonValueKind.Object)
        {
            var only = FindOnly(json, out var several);
            if (only is { } found && !several)
            {
                return ReadTyped(found.Name, found.Value, depth);
            }

            if (several)
            {
                throw Several(json, depth);
            }
        }

        throw ItemException.Validation("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
    }

    /// <summary>The member that says type and value, whether there is another.</summary>
    private static (string Name, JsonElement Value)? FindOnly(JsonElement json, out bool several)
    {
        (string Name, JsonElement Value)? only = null;
        several = false;
        foreach (var entry in json.EnumerateObject())
        {
            if (entry.Value.ValueKind == JsonValueKind.Null)
            {
                continue;
            }

            foreach (var (name, _) in BasicShapes.ValueMembers)
            {
                if (entry.NameEquals(name))
                {
                    several |= only is { } other && other.Name != name;
                    only = (name, entry.Value);
                    break;
                }
            }
        }

        return only;
    }

    /// <summary>Of several values each is looked at, in the order of the types, before their number is an error.</summary>
    private static ItemException Several(JsonElement json, int depth)
    {
        var count = 0;
        AttributeValue? last = null;
        foreach (var (name, _) in BasicShapes.ValueMembers)
        {
            if (ConstraintCheck.Member(json, name) is { } member)
            {
                count++;
                last = ReadTyped(name, member, depth);
            }
        }

        Debug.Assert(count > 0 && last is not null, "somebody has counted two");
        return ItemException.Validation(
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes");
    }

    private static AttributeValue ReadTyped(string type, JsonElement value, int depth)
    {
        switch (type)
        {
            case "S":
                return AttributeValue.Text(value.GetString()!);
            case "N":
                return AttributeValue.Number(ReadNumber(value.GetString()!));
            case "B":
                return AttributeValue.Bytes(value.GetBytesFromBase64());
            case "BOOL":
                return AttributeValue.Boolean(RequestReader.IsTrue(value));
            case "NULL":
                return RequestReader.IsTrue(value) ? AttributeValue.Null
                    : throw ItemException.Validation(Invalid + "Null attribute value types must have the value of true");
            case "SS":
                return ReadTexts(value);
            case "NS":
                return ReadNumbers(value);
            case "BS":
                return ReadBlobs(value);
            case "L":
                return AttributeValue.List([.. value.EnumerateArray().Select(element => Read(element, depth + 1))]);
            default:
                return AttributeValue.Map(ReadMap(value, depth));
        }
    }

    private static ItemNumber ReadNumber(string text)
    {
        var status = ItemNumber.TryParse(text, out var number);
        return status == NumberStatus.Ok ? number : throw ItemException.Validation(ItemRules.DescribeNumber(status, text));
    }

    private static AttributeValue ReadTexts(JsonElement value)
    {
        var members = value.EnumerateArray().Select(static member => member.GetString() ?? "").ToList();
        if (members.Count == 0)
        {
            throw ItemException.Validation(Invalid + "An string set  may not be empty");
        }

        return members.Distinct(StringComparer.Ordinal).Count() == members.Count ? AttributeValue.TextSet(members)
            : throw ItemException.Validation($"{Invalid}Input collection [{string.Join(", ", members)}] contains duplicates.");
    }

    private static AttributeValue ReadNumbers(JsonElement value)
    {
        if (value.GetArrayLength() == 0)
        {
            throw ItemException.Validation(Invalid + "An number set  may not be empty");
        }

        var members = value.EnumerateArray().Select(static member => ReadNumber(member.GetString() ?? "")).ToList();
        return members.Distinct().Count() == members.Count ? AttributeValue.NumberSet(members)
            : throw ItemException.Validation("Input collection contains duplicates");
    }

    private static AttributeValue ReadBlobs(JsonElement value)
    {
        if (value.GetArrayLength() == 0)
        {
            throw ItemException.Validation(Invalid + "Binary sets should not be empty");
        }

        var texts = value.EnumerateArray().Select(static member => member.GetString() ?? "").ToList();
        return texts.Distinct(StringComparer.Ordinal).Count() == texts.Count
            ? AttributeValue.BytesSet(texts.ConvertAll(Convert.FromBase64String))
            : throw ItemException.Validation(
                $"{Invalid}Input collection [{string.Join(", ", texts)}]of type BS contains duplicates.");
    }
}
