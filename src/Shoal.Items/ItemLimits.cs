namespace Shoal.Items;

/// <summary>Bounds on items and operations. Source: DynamoDB's "Quotas" and API reference.</summary>
public static class ItemLimits
{
    /// <summary>Size of an item, names and values. Units: bytes.</summary>
    public const int ItemBytesMax = 400 * 1024;

    /// <summary>Levels of values: an attribute is the first, what is in a map or list one more.</summary>
    public const int NestingMax = 32;

    /// <summary>Size of a partition key's value. Units: bytes.</summary>
    public const int PartitionKeyBytesMax = 2048;

    /// <summary>Size of a sort key's value. Units: bytes.</summary>
    public const int SortKeyBytesMax = 1024;

    /// <summary>Puts and deletes of a batch write.</summary>
    public const int BatchWriteMax = 25;

    /// <summary>Keys of a batch read.</summary>
    public const int BatchGetMax = 100;

    /// <summary>Actions of a transaction.</summary>
    public const int TransactionMax = 100;

    /// <summary>Size of all items of a transaction. Units: bytes.</summary>
    public const int TransactionBytesMax = 4 * 1024 * 1024;

    /// <summary>Items read by one page of a query or scan. Units: bytes.</summary>
    public const int PageBytesMax = 1024 * 1024;

    /// <summary>Size of a batch read's answer. Units: bytes.</summary>
    public const int BatchGetBytesMax = 16 * 1024 * 1024;

    /// <summary>Length of an expression. Units: bytes of UTF-8.</summary>
    public const int ExpressionBytesMax = 4096;

    /// <summary>Length of a PartiQL statement. Units: characters.</summary>
    public const int StatementLengthMax = 8192;

    /// <summary>Statements of a PartiQL batch.</summary>
    public const int StatementsMax = 25;

    /// <summary>Operators and functions of an expression.</summary>
    public const int ExpressionOperatorsMax = 300;

    /// <summary>Parentheses, NOT and functions inside of each other.</summary>
    public const int ExpressionDepthMax = 100;

    /// <summary>Operands of IN.</summary>
    public const int InOperandsMax = 100;

    /// <summary>Segments of a parallel scan.</summary>
    public const int SegmentsMax = 1_000_000;
}
