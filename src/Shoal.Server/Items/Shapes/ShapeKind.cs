namespace Shoal.Server.Items.Shapes;

/// <summary>What a member of a request is, as DynamoDB's own deserializer tells them apart.</summary>
internal enum ShapeKind
{
    /// <summary>Text.</summary>
    String,

    /// <summary>True or false, also as text.</summary>
    Boolean,

    /// <summary>A number without fraction.</summary>
    Integer,

    /// <summary>A larger number without fraction.</summary>
    Long,

    /// <summary>Base64.</summary>
    Blob,

    /// <summary>A list.</summary>
    List,

    /// <summary>A list inside of a generic type; its errors have other texts.</summary>
    ParameterizedList,

    /// <summary>A map.</summary>
    Map,

    /// <summary>A map inside of a generic type; its errors have other texts.</summary>
    ParameterizedMap,

    /// <summary>A structure as element of a list or value of a map.</summary>
    ValueStructure,

    /// <summary>A structure as member of a structure.</summary>
    FieldStructure,
}
