namespace Shoal.Items;

/// <summary>Why an item operation was refused; the names are those of DynamoDB's errors.</summary>
public enum ItemErrorKind
{
    /// <summary>A parameter is not valid.</summary>
    Validation,

    /// <summary>The condition does not hold; nothing was written.</summary>
    ConditionalCheckFailed,

    /// <summary>There is no such table, index or stream.</summary>
    ResourceNotFound,

    /// <summary>There is no such table, for operations on backups.</summary>
    TableNotFound,

    /// <summary>The table exists already, or is being changed.</summary>
    ResourceInUse,

    /// <summary>More than the operation may ask for.</summary>
    LimitExceeded,

    /// <summary>A transaction was not applied; the reasons say why.</summary>
    TransactionCanceled,

    /// <summary>An idempotency token was used before, for another transaction.</summary>
    IdempotentParameterMismatch,

    /// <summary>A place in a stream that is not kept any more.</summary>
    TrimmedDataAccess,

    /// <summary>An iterator of a stream is too old.</summary>
    ExpiredIterator,
}
