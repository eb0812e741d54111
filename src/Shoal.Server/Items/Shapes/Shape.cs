namespace Shoal.Server.Items.Shapes;

/// <summary>What a member of a request must be like: its type, and constraints that are checked before anything else.</summary>
internal sealed record Shape(ShapeKind Kind)
{
    /// <summary>The pattern of names of tables and indexes.</summary>
    public const string NamePattern = "[a-zA-Z0-9_.-]+";

    /// <summary>The Java type that errors name.</summary>
    public string TypeName { get; init; } = Kind.ToString();

    /// <summary>Elements of a list, values of a map.</summary>
    public Shape? Element { get; init; }

    /// <summary>Members of a structure, in the order of their errors.</summary>
    public IReadOnlyList<(string Name, Shape Shape)> Members { get; init; } = [];

    /// <summary>Whether it must be there.</summary>
    public bool NotNull { get; init; }

    /// <summary>The texts it may be, as errors list them; empty for any.</summary>
    public IReadOnlyList<string> Enumeration { get; init; } = [];

    /// <summary>Whether it must have the form of a name.</summary>
    public bool IsName { get; init; }

    /// <summary>Whether the ARN of a table can stand for its name.</summary>
    public bool MayBeArn { get; init; }

    /// <summary>Characters, elements or entries at least.</summary>
    public int? LengthMin { get; init; }

    /// <summary>Characters, elements or entries at most.</summary>
    public int? LengthMax { get; init; }

    /// <summary>The smallest number.</summary>
    public long? Min { get; init; }

    /// <summary>The largest number.</summary>
    public long? Max { get; init; }

    /// <summary>Whether a map's keys must be names of tables.</summary>
    public bool KeysAreNames { get; init; }

    /// <summary>Elements of each of a map's values at most, of which there must be one; null for no such rule.</summary>
    public int? ValueLengthMax { get; init; }

    /// <summary>Whether errors of its length or size name it as the request does, and do not repeat what it is.</summary>
    /// <remarks>DynamoDB's errors change to this form, one member after the other.</remarks>
    public bool IsOnlyNamed { get; init; }

    /// <summary>Whether errors repeat it as JSON; others are repeated as Java's <c>toString</c> writes them.</summary>
    public bool IsShownAsJson { get; init; }

    /// <summary>Whether it is the table's name of an operation on tables, whose absence has an error of its own.</summary>
    public bool IsRequiredTableName { get; init; }

    /// <summary>Whether anything below this has constraints; types of values have none.</summary>
    public bool ChecksInside { get; init; } = true;

    public bool IsList => Kind is ShapeKind.List or ShapeKind.ParameterizedList;

    public bool IsMap => Kind is ShapeKind.Map or ShapeKind.ParameterizedMap;
}
