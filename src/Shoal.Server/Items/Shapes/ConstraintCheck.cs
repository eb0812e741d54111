using System.Globalization;
using System.Text.Json;
using Shoal.Server.Items.Wire;

namespace Shoal.Server.Items.Shapes;

/// <summary>Passes when a request keeps its operation's constraints; otherwise all that it breaks, up to ten, are told at once.</summary>
internal sealed class ConstraintCheck
{
    private const int ErrorsMax = 10;

    private static readonly System.Buffers.SearchValues<char> NameCharacters =
        System.Buffers.SearchValues.Create("-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");

    private readonly List<string> _errors = [];

    /// <exception cref="DynamoException">It breaks some.</exception>
    public static void Run(JsonElement request, Shape operation)
    {
        foreach (var (name, shape) in operation.Members)
        {
            if (shape.IsRequiredTableName)
            {
                CheckTableName(name, Member(request, name));
            }
        }

        var check = new ConstraintCheck();
        check.CheckMembers(request, operation, parent: "");
        if (check._errors.Count > 0)
        {
            var count = check._errors.Count;
            throw DynamoException.Validation(
                $"{count} validation error{(count > 1 ? "s" : "")} detected: {string.Join("; ", check._errors)}");
        }
    }

    /// <summary>A member; null when it is absent or null.</summary>
    public static JsonElement? Member(JsonElement structure, string name) =>
        structure.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static void CheckTableName(string name, JsonElement? value)
    {
        var length = value?.GetString()!.Length
            ?? throw DynamoException.Validation($"The parameter '{name}' is required but was not present in the request");
        if (length is < 3 or > 255)
        {
            throw DynamoException.Validation($"{name} must be at least 3 characters long and at most 255 characters long");
        }
    }

    private void CheckMembers(JsonElement structure, Shape shape, string parent)
    {
        foreach (var (name, member) in shape.Members)
        {
            Check(Member(structure, name), member, parent, name);
        }
    }

    private void Check(JsonElement? given, Shape shape, string parent, string name)
    {
        var path = parent.Length == 0 ? LowerFirst(name) : $"{parent}.{LowerFirst(name)}";
        if (given is not { } value || value.ValueKind == JsonValueKind.Null)
        {
            if (shape.NotNull)
            {
                Add(value: null, path, "Member must not be null");
            }

            return;
        }

        if (shape.MayBeArn && value.GetString() is { } text && (text.Length == 0 || TableArn.IsTable(text)))
        {
            // What may be an ARN has a lower bound of its own, and the rules of names are only for names.
            if (text.Length == 0)
            {
                Add("", path, "Member must have length greater than or equal to 1");
            }

            return;
        }

        CheckScalar(value, shape, path, name);
        CheckLength(value, shape, path, name);
        if (shape.KeysAreNames)
        {
            CheckKeys(value, shape, path);
        }

        if (shape.ValueLengthMax is { } most)
        {
            CheckValues(value, shape, most, path);
        }

        if (shape.ChecksInside)
        {
            CheckInside(value, shape, path);
        }
    }

    private void CheckInside(JsonElement value, Shape shape, string path)
    {
        if (shape.IsList)
        {
            var index = 1;
            foreach (var element in value.EnumerateArray())
            {
                Check(element, shape.Element!, string.Create(CultureInfo.InvariantCulture, $"{path}.{index++}"), "member");
            }
        }
        else if (shape.IsMap)
        {
            foreach (var entry in value.EnumerateObject())
            {
                Check(entry.Value, shape.Element!, $"{path}.{entry.Name}", "member");
            }
        }
        else if (shape.Members.Count > 0)
        {
            CheckMembers(value, shape, path);
        }
    }

    private void CheckScalar(JsonElement value, Shape shape, string path, string name)
    {
        if (shape.Enumeration.Count > 0 && !shape.Enumeration.Contains(value.GetString(), StringComparer.Ordinal))
        {
            Add(Describe(value, shape), path, $"Member must satisfy enum value set: [{string.Join(", ", shape.Enumeration)}]");
        }

        if (shape.IsName && !IsName(value.GetString()!))
        {
            Add(Describe(value, shape), path, $"Member must satisfy regular expression pattern: {Shape.NamePattern}");
        }

        if (value.ValueKind == JsonValueKind.Number)
        {
            var number = value.GetDouble();
            if (number < shape.Min)
            {
                AddSize(value, shape, path, name, string.Create(CultureInfo.InvariantCulture,
                    $"Member must have value greater than or equal to {shape.Min}"));
            }

            if (number > shape.Max)
            {
                AddSize(value, shape, path, name, string.Create(CultureInfo.InvariantCulture,
                    $"Member must have value less than or equal to {shape.Max}"));
            }
        }
    }

    private void CheckLength(JsonElement value, Shape shape, string path, string name)
    {
        if (shape.LengthMin is null && shape.LengthMax is null)
        {
            return;
        }

        var length = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!.Length,
            JsonValueKind.Array => value.GetArrayLength(),
            _ => value.EnumerateObject().Count(),
        };
        if (length < shape.LengthMin)
        {
            AddSize(value, shape, path, name, string.Create(CultureInfo.InvariantCulture,
                $"Member must have length greater than or equal to {shape.LengthMin}"));
        }

        if (length > shape.LengthMax)
        {
            AddSize(value, shape, path, name, string.Create(CultureInfo.InvariantCulture,
                $"Member must have length less than or equal to {shape.LengthMax}"));
        }
    }

    private void CheckKeys(JsonElement map, Shape shape, string path)
    {
        foreach (var entry in map.EnumerateObject())
        {
            if (entry.Name.Length is < 3 or > 255 || !IsName(entry.Name))
            {
                Add(Describe(map, shape), path, "Map keys must satisfy constraint: [Member must have length less than or equal to 255, "
                    + "Member must have length greater than or equal to 3, Member must satisfy regular expression pattern: "
                    + $"{Shape.NamePattern}]");
            }
        }
    }

    private void CheckValues(JsonElement map, Shape shape, int most, string path)
    {
        foreach (var entry in map.EnumerateObject())
        {
            if (entry.Value.ValueKind == JsonValueKind.Array && (entry.Value.GetArrayLength() == 0 || entry.Value.GetArrayLength() > most))
            {
                Add(Describe(map, shape), path, string.Create(CultureInfo.InvariantCulture,
                    $"Map value must satisfy constraint: [Member must have length less than or equal to {most}, ")
                    + "Member must have length greater than or equal to 1]");
            }
        }
    }

    private void AddSize(JsonElement value, Shape shape, string path, string name, string constraint)
    {
        if (shape.IsOnlyNamed)
        {
            AddError($"Value at '{UpperFirst(path[..^name.Length] + name)}'", constraint);
        }
        else
        {
            Add(Describe(value, shape), path, constraint);
        }
    }

    private void Add(string? value, string path, string constraint) =>
        AddError($"Value {(value is null ? "null" : $"'{value}'")} at '{path}'", constraint);

    private void AddError(string subject, string constraint)
    {
        if (_errors.Count < ErrorsMax)
        {
            _errors.Add($"{subject} failed to satisfy constraint: {constraint}");
        }
    }

    private static string Describe(JsonElement value, Shape? shape) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => "[" + string.Join(", ", value.EnumerateArray().Select(element => Describe(element, shape?.Element))) + "]",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Object when shape is { IsShownAsJson: false } => DescribeObject(value, shape),
        _ => value.GetRawText(),
    };

    private static string DescribeObject(JsonElement value, Shape shape)
    {
        if (shape.IsMap)
        {
            return "{" + string.Join(", ", value.EnumerateObject().Select(entry =>
                $"{entry.Name}={Describe(entry.Value, shape.Element)}")) + "}";
        }

        var members = shape.TypeName == "AttributeValue" ? BasicShapes.ValueMembers : shape.Members;
        return $"{shape.TypeName}({string.Join(", ", members.Where(member => Member(value, member.Name) is not null).Select(member =>
            $"{LowerFirst(member.Name)}={Describe(Member(value, member.Name)!.Value, member.Shape)}"))})";
    }

    private static bool IsName(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(NameCharacters);

    private static string UpperFirst(string name) => char.ToUpperInvariant(name[0]) + name[1..];

    private static string LowerFirst(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
