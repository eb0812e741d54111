namespace Shoal.Server.Items.Shapes;

/// <summary>Shapes that operations have in common.</summary>
internal static class BasicShapes
{
    public static readonly Shape Text = new(ShapeKind.String);
    public static readonly Shape Flag = new(ShapeKind.Boolean);
    public static readonly Shape Blob = new(ShapeKind.Blob);

    /// <summary>An attribute's value as element or map value.</summary>
    public static readonly Shape Value = new(ShapeKind.ValueStructure) { TypeName = "AttributeValue", ChecksInside = false };

    /// <summary>An attribute's value as member of a structure.</summary>
    public static readonly Shape FieldValue = new(ShapeKind.FieldStructure) { TypeName = "AttributeValue", ChecksInside = false };

    public static readonly Shape ValueList = List(Value);
    public static readonly Shape Values = new(ShapeKind.Map) { TypeName = "AttributeValue", Element = Value, ChecksInside = false };
    public static readonly Shape Item = Values with { NotNull = true };
    public static readonly Shape Names = new(ShapeKind.Map) { TypeName = "java.lang.String", Element = Text, ChecksInside = false };

    public static readonly Shape TableName =
        Text with { NotNull = true, IsName = true, MayBeArn = true, LengthMin = 3, LengthMax = 255 };
    public static readonly Shape IndexName = Text with { IsName = true, LengthMin = 3, LengthMax = 255 };
    public static readonly Shape RequiredTableName = Text with { IsRequiredTableName = true, IsName = true };

    public static readonly Shape Capacity = Enumeration("INDEXES", "TOTAL", "NONE");
    public static readonly Shape CollectionMetrics = Enumeration("SIZE", "NONE");
    public static readonly Shape ReturnValues = Enumeration("ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW");
    public static readonly Shape OnFailure = Enumeration("ALL_OLD", "NONE");
    public static readonly Shape ConditionalOperator = Enumeration("OR", "AND");
    public static readonly Shape Comparison = Enumeration("IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS", "EQ", "GT", "NOT_NULL",
        "NE", "LE", "BEGINS_WITH", "GE", "CONTAINS");

    public static readonly Shape AttributesToGet = List(Text) with { LengthMin = 1, LengthMax = 255 };
    public static readonly Shape Expected = Map("ExpectedAttributeValue", Structure("ExpectedAttributeValue",
        ("AttributeValueList", ValueList), ("ComparisonOperator", Comparison), ("Exists", Flag), ("Value", FieldValue)));

    public static readonly Shape Conditions = Map("Condition", Structure("Condition",
        ("AttributeValueList", ValueList), ("ComparisonOperator", Comparison with { NotNull = true })));

    /// <summary>The members of an attribute's value, whose elements are values again.</summary>
    public static readonly IReadOnlyList<(string Name, Shape Shape)> ValueMembers =
    [
        ("S", Text), ("B", Blob), ("N", Text), ("BOOL", Flag), ("NULL", Flag), ("BS", List(Blob)), ("NS", List(Text)),
        ("SS", List(Text)), ("L", ValueList), ("M", Values),
    ];

    public static Shape Enumeration(params string[] values) => Text with { Enumeration = values };

    public static Shape List(Shape element) => new(ShapeKind.List) { Element = element };

    public static Shape Map(string type, Shape element) => new(ShapeKind.Map) { TypeName = type, Element = element };

    public static Shape Structure(string type, params (string Name, Shape Shape)[] members) =>
        new(ShapeKind.ValueStructure) { TypeName = type, Members = members };

    public static Shape Field(string type, params (string Name, Shape Shape)[] members) =>
        new(ShapeKind.FieldStructure) { TypeName = type, Members = members };
}
