using System.Text.Json;
using Shoal.Sync.Configuration;

namespace Shoal.Sync.Queue;

/// <summary>Reads what was pushed, and checks it against the tables of the configuration.</summary>
/// <remarks>Thread: safe.</remarks>
internal sealed class MessageReader(SourceSettings settings, IReadOnlyDictionary<string, QueueTable> tables)
{
    /// <summary>Of one request. Cloudflare Queues has the same bounds.</summary>
    public const int MessagesMax = 100;

    /// <summary>Of one request. Units: bytes.</summary>
    public const int BodyBytesMax = 256 * 1024;

    private const int TextLengthMax = 256;

    /// <param name="body">One message, a list of them, or an object with a list "messages".</param>
    /// <exception cref="MessageRefusedException">Something is wrong; nothing is to be taken.</exception>
    public IReadOnlyList<PushMessage> Read(ReadOnlyMemory<byte> body)
    {
        if (body.Length > BodyBytesMax)
        {
            throw new MessageRefusedException("the request is larger than 256 KB", "send fewer messages at once");
        }

        try
        {
            using var document = JsonDocument.Parse(body);
            var list = document.RootElement;
            if (list.ValueKind == JsonValueKind.Object && list.TryGetProperty("messages", out var messages))
            {
                list = messages;
            }
            else if (list.ValueKind == JsonValueKind.Object)
            {
                return [Read(list, 0)];
            }

            if (list.ValueKind != JsonValueKind.Array)
            {
                throw new MessageRefusedException("the body is no message and no list of messages",
                    "send {\"messages\": [{\"tenantId\": …, \"table\": …, \"operation\": …, \"data\": {…}}]}");
            }

            return list.GetArrayLength() is > 0 and <= MessagesMax ? [.. list.EnumerateArray().Select((one, index) => Read(one, index))]
                : throw new MessageRefusedException("a request has 1 to 100 messages", "send several requests");
        }
        catch (JsonException error)
        {
            throw new MessageRefusedException($"the body is not JSON: {error.Message}", "send Content-Type: application/json");
        }
    }

    /// <summary>Reads a single message, as an outbox has it.</summary>
    /// <exception cref="MessageRefusedException">Something is wrong with it.</exception>
    public PushMessage Read(JsonElement message, int index)
    {
        try
        {
            return Read(message);
        }
        catch (Exception error) when (error is FormatException or InvalidOperationException)
        {
            // The second one is of JSON names and texts that are none: halves of characters.
            var reason = error.Message.Length <= TextLengthMax ? error.Message : error.Message[..TextLengthMax] + "…";
            throw new MessageRefusedException(reason, "docs/reference/sync.md says what a message looks like", index);
        }
    }

    public static PushOperation? ParseOperation(string operation) => operation switch
    {
        "insert" or "upsert" => PushOperation.Upsert,
        "update" => PushOperation.Update,
        "delete" => PushOperation.Delete,
        _ => null,
    };

    private PushMessage Read(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("a message must be an object");
        }

        string? tenant = null;
        QueueTable? table = null;
        PushOperation? operation = null;
        JsonElement data = default;
        long? version = null;
        string? idempotencyKey = null;
        var delay = TimeSpan.Zero;
        foreach (var property in message.EnumerateObject())
        {
            switch (property.Name)
            {
                case "tenantId":
                    tenant = Tenant(property.Value);
                    break;
                case "table":
                    table = Table(property.Value);
                    break;
                case "operation":
                    operation = ParseOperation(Short(property))
                        ?? throw new FormatException("\"operation\" is insert, update, upsert or delete");
                    break;
                case "data":
                    data = property.Value;
                    break;
                case "version" when property.Value.ValueKind != JsonValueKind.Null:
                    version = property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetInt64(out var number) ? number
                        : throw new FormatException("\"version\" must be a whole number of 64 bits");
                    break;
                case "idempotencyKey" when property.Value.ValueKind != JsonValueKind.Null:
                    idempotencyKey = Short(property);
                    break;
                case "delaySeconds":
                    delay = property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetInt32(out var seconds)
                        && seconds >= 0 && seconds <= QueueSettings.DelayMax.TotalSeconds ? TimeSpan.FromSeconds(seconds)
                        : throw new FormatException("\"delaySeconds\" must be a whole number from 0 to 86400");
                    break;
                case "version" or "idempotencyKey":
                    break;
                default:
                    throw new FormatException($"a message has no property \"{property.Name}\"");
            }
        }

        if (tenant is null || table is null || operation is null || data.ValueKind == JsonValueKind.Undefined)
        {
            throw new FormatException("\"tenantId\", \"table\", \"operation\" and \"data\" are needed");
        }

        var (key, _) = table.Read(operation.Value, data);
        return new PushMessage(tenant, table.Name, key, operation.Value, data.GetRawText(), version, idempotencyKey, delay);
    }

    private string Tenant(JsonElement value)
    {
        var tenant = value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _) ? value.GetRawText()
            : MessageTypes.Text(value, "\"tenantId\" must be a text or a whole number");
        if (tenant.Length is 0 or > TextLengthMax || !tenant.All(static one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_'))
        {
            throw new FormatException("\"tenantId\" must be letters, digits, - and _: it becomes part of a database's name");
        }

        var database = settings.DatabaseOf(tenant);
        return database[0] != '-' && !string.Equals(database, settings.StateDatabase, StringComparison.OrdinalIgnoreCase) ? tenant
            : throw new FormatException("\"tenantId\" leads to a database that is none of a tenant");
    }

    private QueueTable Table(JsonElement value)
    {
        var name = MessageTypes.Text(value, "\"table\" must be a text");
        return tables.GetValueOrDefault(name) ?? throw new FormatException(
            $"there is no table of messages {(name.Length > TextLengthMax ? "with this name" : $"\"{name}\"")}; there are "
            + string.Join(", ", tables.Keys.Order(StringComparer.Ordinal)));
    }

    private static string Short(JsonProperty property) =>
        MessageTypes.Text(property.Value, $"\"{property.Name}\" must be a text") is { Length: > 0 and <= TextLengthMax } text ? text
            : throw new FormatException($"\"{property.Name}\" must have 1 to 256 characters");
}
