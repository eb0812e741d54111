using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Shoal.Server.Items.Wire;

/// <summary>An error in DynamoDB's form.</summary>
internal sealed class DynamoException : Exception
{
    private const string Coral = "com.amazon.coral.service#";
    private const string Dynamo = "com.amazonaws.dynamodb.v20120810#";

    private DynamoException(string type, string? message, string messageMember = "message", int status = StatusCodes.Status400BadRequest)
        : base(message)
    {
        Type = type;
        Text = message;
        MessageMember = messageMember;
        Status = status;
    }

    /// <summary>What <c>__type</c> says.</summary>
    public string Type { get; }

    /// <summary>The message; null for none.</summary>
    public string? Text { get; }

    /// <summary>The member that holds the message: some errors write it with a capital.</summary>
    public string MessageMember { get; }

    public int Status { get; }

    /// <summary>Writes further members.</summary>
    public Action<Utf8JsonWriter>? WriteMore { get; init; }

    /// <summary>The body is not of the operation's form.</summary>
    public static DynamoException Serialization(string? message) => new(Coral + "SerializationException", message, "Message");

    public static DynamoException UnknownOperation() => new(Coral + "UnknownOperationException", message: null);

    /// <summary>An error of DynamoDB's web service frame.</summary>
    public static DynamoException Service(string name, string message) => new(Coral + name, message);

    public static DynamoException AccessDenied(string message) => new(Coral + "AccessDeniedException", message, "Message");

    public static DynamoException Validation(string message) => new("com.amazon.coral.validate#ValidationException", message);

    /// <summary>An error of DynamoDB itself.</summary>
    public static DynamoException Of(string name, string message, int status = StatusCodes.Status400BadRequest,
        Action<Utf8JsonWriter>? writeMore = null) =>
        new(Dynamo + name, message, status: status) { WriteMore = writeMore };

    /// <summary>An error of a transaction as a whole, whose message is written with a capital.</summary>
    public static DynamoException OfTransaction(string name, string message, Action<Utf8JsonWriter>? writeMore = null) =>
        new(Dynamo + name, message, "Message") { WriteMore = writeMore };
}
