using System.Globalization;
using System.Text.Json;
using Shoal.Client;
using Shoal.Sync.Values;

namespace Shoal.Sync.Queue;

/// <summary>Names of types in the configuration, and how a JSON value becomes one of them.</summary>
internal static class MessageTypes
{
    /// <summary>For messages to the user.</summary>
    public const string All = "integer, real, text, blob, boolean, json, timestamp, unixMs";

    public static MessageType? Parse(string name) => name switch
    {
        "integer" => MessageType.Integer,
        "real" => MessageType.Real,
        "text" => MessageType.Text,
        "blob" => MessageType.Blob,
        "boolean" => MessageType.Boolean,
        "json" => MessageType.Json,
        "timestamp" => MessageType.Timestamp,
        "unixMs" => MessageType.UnixMilliseconds,
        _ => null,
    };

    /// <summary>How it is stored.</summary>
    public static ValueRule RuleOf(MessageType type) => new(type switch
    {
        MessageType.Integer => ValueForm.Integer,
        MessageType.Real => ValueForm.Real,
        MessageType.Text or MessageType.Json => ValueForm.Text,
        MessageType.Blob => ValueForm.Bytes,
        MessageType.Boolean => ValueForm.Boolean,
        MessageType.Timestamp => ValueForm.TimestampUtc,
        MessageType.UnixMilliseconds => ValueForm.UnixMilliseconds,
    });

    /// <exception cref="FormatException">The value is not of the type; the message says what is expected.</exception>
    public static SqlValue Convert(JsonElement value, MessageType type) => value.ValueKind == JsonValueKind.Null ? SqlValue.Null
        : type switch
        {
            MessageType.Integer => Integer(value),
            MessageType.Real => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var real) && double.IsFinite(real)
                ? real : throw new FormatException("expected a number"),
            MessageType.Text => value.ValueKind == JsonValueKind.Number ? value.GetRawText() : Text(value, "expected a text"),
            MessageType.Blob => Blob(value),
            MessageType.Boolean => value.ValueKind switch
            {
                JsonValueKind.True => 1,
                JsonValueKind.False => 0,
                _ => throw new FormatException("expected true or false"),
            },
            MessageType.Json => value.GetRawText(),
            MessageType.Timestamp => Time(value).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
            MessageType.UnixMilliseconds => value.ValueKind == JsonValueKind.Number ? Integer(value)
                : (SqlValue)Time(value).ToUnixTimeMilliseconds(),
        };

    /// <summary>The text of a JSON string; JSON can write halves of characters that no text has.</summary>
    /// <exception cref="FormatException">It is no string, or no text.</exception>
    public static string Text(JsonElement value, string otherwise)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw new FormatException(otherwise);
        }

        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw new FormatException("the text has half a character", error);
        }
    }

    /// <summary>Digits in a string are taken too: JavaScript has no integers beyond 2^53.</summary>
    private static SqlValue Integer(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number
        : value.ValueKind == JsonValueKind.String
            && long.TryParse(Text(value, ""), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed) ? parsed
        : throw new FormatException("expected a whole number of 64 bits");

    private static byte[] Blob(JsonElement value) => value.ValueKind == JsonValueKind.String && value.TryGetBytesFromBase64(out var bytes)
        ? bytes : throw new FormatException("expected base64");

    private static DateTimeOffset Time(JsonElement value) => DateTimeOffset.TryParse(
        Text(value, "expected a time like 2026-01-02T03:04:05Z"),
        CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time
        : throw new FormatException("expected a time like 2026-01-02T03:04:05Z");
}
