using System.Buffers.Text;
using System.Text.Json;
using Shoal.Server.Items.Wire;

namespace Shoal.Server.Items.Shapes;

/// <summary>Passes when a request has the types of its operation. Errors have the texts of DynamoDB's deserializer.</summary>
internal static class TypeCheck
{
    private const string Structure = "Start of structure or map found where not expected";

    private const string Parameterized = "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class "
        + "java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base "
        + "of loader 'bootstrap')";

    /// <exception cref="DynamoException">A type is wrong.</exception>
    public static void Run(JsonElement value, Shape shape)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        switch (shape.Kind)
        {
            case ShapeKind.String:
                CheckText(value);
                break;
            case ShapeKind.Boolean:
                CheckBoolean(value);
                break;
            case ShapeKind.Integer or ShapeKind.Long:
                CheckNumber(value, shape.Kind);
                break;
            case ShapeKind.Blob:
                CheckBlob(value);
                break;
            case ShapeKind.List or ShapeKind.ParameterizedList:
                CheckList(value, shape);
                break;
            case ShapeKind.Map or ShapeKind.ParameterizedMap:
                CheckMap(value, shape);
                break;
            default:
                CheckStructure(value, shape);
                break;
        }
    }

    private static void CheckText(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw Fail(value, "String");
        }
    }

    private static void CheckBoolean(JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            throw Fail(value, "Boolean");
        }

        if (value.GetString()!.ToUpperInvariant() is not ("TRUE" or "FALSE" or "1" or "0" or "YES" or "NO"))
        {
            throw DynamoException.Serialization("Unexpected token received from parser");
        }
    }

    private static void CheckNumber(JsonElement value, ShapeKind kind)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            throw DynamoException.Serialization($"STRING_VALUE cannot be converted to {kind}");
        }

        if (value.ValueKind != JsonValueKind.Number)
        {
            throw Fail(value, kind.ToString());
        }
    }

    private static DynamoException Fail(JsonElement value, string type) => DynamoException.Serialization(value.ValueKind switch
    {
        JsonValueKind.True => $"TRUE_VALUE cannot be converted to {type}",
        JsonValueKind.False => $"FALSE_VALUE cannot be converted to {type}",
        JsonValueKind.Number => $"{(IsWhole(value) ? "NUMBER" : "DECIMAL")}_VALUE cannot be converted to {type}",
        JsonValueKind.Array => $"Unrecognized collection type class java.lang.{type}",
        _ => Structure,
    });

    private static bool IsWhole(JsonElement value) => Math.Floor(value.GetDouble()).Equals(value.GetDouble());

    private static void CheckBlob(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Array:
                throw DynamoException.Serialization("Unrecognized collection type class java.nio.ByteBuffer");
            case JsonValueKind.Object:
                throw DynamoException.Serialization(Structure);
            case not JsonValueKind.String:
                throw DynamoException.Serialization("only base-64-encoded strings are convertible to bytes");
        }

        var text = value.GetString()!;
        if (text.Length % 4 != 0)
        {
            throw DynamoException.Serialization(
                $"Base64 encoded length is expected a multiple of 4 bytes but found: {text.Length}");
        }

        // Only the one text that encodes the bytes is taken: no white space, no stray bits behind the last byte.
        if (text.AsSpan().ContainsAny(" \t\r\n") || !Base64.IsValid(text.AsSpan()) || !HasCleanEnd(text))
        {
            throw DynamoException.Serialization("Invalid last non-pad Base64 character dectected");
        }
    }

    private static bool HasCleanEnd(string text) =>
        text.Length == 0 || Convert.ToBase64String(Convert.FromBase64String(text[^4..])) == text[^4..];

    private static void CheckList(JsonElement value, Shape shape)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                throw DynamoException.Serialization(Structure);
            case not JsonValueKind.Array:
                throw DynamoException.Serialization(shape.Kind == ShapeKind.List ? "Unexpected field type" : Parameterized);
        }

        foreach (var element in value.EnumerateArray())
        {
            Run(element, shape.Element!);
        }
    }

    private static void CheckMap(JsonElement value, Shape shape)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Array:
                throw DynamoException.Serialization("Unrecognized collection type java.util.Map<java.lang.String, "
                    + (shape.TypeName.Contains('.', StringComparison.Ordinal) ? "" : "com.amazonaws.dynamodb.v20120810.")
                    + shape.TypeName + ">");
            case not JsonValueKind.Object:
                throw DynamoException.Serialization(shape.Kind == ShapeKind.Map ? "Unexpected field type" : Parameterized);
        }

        foreach (var entry in value.EnumerateObject())
        {
            Run(entry.Value, shape.Element!);
        }
    }

    private static void CheckStructure(JsonElement value, Shape shape)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Array:
                throw DynamoException.Serialization(
                    $"Unrecognized collection type class com.amazonaws.dynamodb.v20120810.{shape.TypeName}");
            case not JsonValueKind.Object:
                throw DynamoException.Serialization(shape.Kind == ShapeKind.ValueStructure
                    ? "Unexpected value type in payload" : "Unexpected field type");
        }

        var members = shape.TypeName == "AttributeValue" ? BasicShapes.ValueMembers : shape.Members;
        foreach (var entry in value.EnumerateObject())
        {
            for (var index = 0; index < members.Count; index++)
            {
                if (entry.NameEquals(members[index].Name))
                {
                    Run(entry.Value, members[index].Shape);
                    break;
                }
            }
        }
    }
}
