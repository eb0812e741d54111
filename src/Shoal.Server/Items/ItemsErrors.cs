using Microsoft.AspNetCore.Http;
using Shoal.Engine;
using Shoal.Items;
using Shoal.Server.Items.Handlers;
using Shoal.Server.Items.Wire;

namespace Shoal.Server.Items;

/// <summary>The one place where reasons become DynamoDB's errors. No switch has a default arm: a new kind fails the build.</summary>
internal static class ItemsErrors
{
    public static DynamoException Of(ItemException error) => error.Reason switch
    {
        ItemErrorKind.Validation => DynamoException.Validation(error.Message),
        ItemErrorKind.ConditionalCheckFailed => DynamoException.Of("ConditionalCheckFailedException", error.Message, writeMore: json =>
        {
            if (error.Item is { } item)
            {
                ValueWriter.WriteItem(json, "Item", item);
            }
        }),
        ItemErrorKind.DuplicateItem => DynamoException.Of("DuplicateItemException", error.Message, writeMore: json =>
        {
            if (error.Item is { } item)
            {
                ValueWriter.WriteItem(json, "Item", item);
            }
        }),
        ItemErrorKind.ResourceNotFound => DynamoException.Of("ResourceNotFoundException", error.Message),
        ItemErrorKind.TableNotFound => DynamoException.Of("TableNotFoundException", error.Message),
        ItemErrorKind.ResourceInUse => DynamoException.Of("ResourceInUseException", error.Message),
        ItemErrorKind.LimitExceeded => DynamoException.Of("LimitExceededException", error.Message),
        ItemErrorKind.TransactionCanceled => DynamoException.OfTransaction("TransactionCanceledException", error.Message,
            json => TransactRequests.WriteReasons(json, error.Reasons)),
        ItemErrorKind.IdempotentParameterMismatch =>
            DynamoException.OfTransaction("IdempotentParameterMismatchException", error.Message),
        ItemErrorKind.TrimmedDataAccess => DynamoException.Of("TrimmedDataAccessException", error.Message),
        ItemErrorKind.ExpiredIterator => DynamoException.Of("ExpiredIteratorException", error.Message),
    };

    public static DynamoException Of(EngineException error) => error.Kind switch
    {
        EngineErrorKind.Overloaded => Overloaded(),
        EngineErrorKind.DatabaseNotFound => DynamoException.Of("ResourceNotFoundException", "Requested resource not found"),
        EngineErrorKind.LimitExceeded or EngineErrorKind.OutOfMemory => DynamoException.Of("LimitExceededException", WithHint(error)),
        EngineErrorKind.InvalidArgument or EngineErrorKind.NameTaken or EngineErrorKind.NotRestorable =>
            DynamoException.Validation(WithHint(error)),
        EngineErrorKind.ReadOnly => DynamoException.AccessDenied(WithHint(error)),
        EngineErrorKind.Sql or EngineErrorKind.Timeout or EngineErrorKind.Corruption or EngineErrorKind.StorageUnavailable
            or EngineErrorKind.DataFolderInUse => Internal(WithHint(error), StatusCodes.Status500InternalServerError),
        EngineErrorKind.ShuttingDown => Internal(WithHint(error), StatusCodes.Status503ServiceUnavailable),
    };

    /// <summary>Too much to do now; SDKs send the request again.</summary>
    public static DynamoException Overloaded() => DynamoException.Of("ProvisionedThroughputExceededException",
        "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with "
        + "the UpdateTable API.");

    public static DynamoException Internal(string message, int status = StatusCodes.Status500InternalServerError) =>
        DynamoException.Of("InternalServerError", message, status);

    private static string WithHint(EngineException error) =>
        error.Hint is null ? error.Message : $"{error.Message} ({error.Hint})";
}
