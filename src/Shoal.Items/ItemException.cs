using Shoal.Engine;

namespace Shoal.Items;

/// <summary>An item operation was refused; nothing of it was applied.</summary>
/// <remarks>Source: messages have the texts of DynamoDB's errors, which clients match on.</remarks>
public sealed class ItemException : EngineException
{
    /// <summary>An error of a kind.</summary>
    public ItemException(ItemErrorKind reason, string message, string? hint = null)
        : base(EngineErrorKind.InvalidArgument, message, hint) => Reason = reason;

    /// <summary>Why.</summary>
    public ItemErrorKind Reason { get; }

    /// <summary>Per action of a transaction, why it failed; empty for other errors.</summary>
    public IReadOnlyList<CancellationReason> Reasons { get; init; } = [];

    /// <summary>The item that failed the condition, where the operation asked for it.</summary>
    public Values.Item? Item { get; init; }

    /// <summary>Where in an expression the parser stopped. Units: UTF-16 code units; -1 when it is not about a place.</summary>
    public int Position { get; init; } = -1;

    /// <summary>A parameter is not valid.</summary>
    public static ItemException Validation(string message) => new(ItemErrorKind.Validation, message);
}
