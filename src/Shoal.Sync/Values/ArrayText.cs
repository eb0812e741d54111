using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Shoal.Sync.Values;

/// <summary>Turns PostgreSQL's array text into a JSON array of the same shape.</summary>
internal static class ArrayText
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string ToJson(string text, ValueRule element, char delimiter)
    {
        // Bounds that are not the usual ones stand before the braces: [0:1]={1,2}.
        var start = text.IndexOf('{', StringComparison.Ordinal);
        if (start < 0)
        {
            throw new FormatException("the array has no braces");
        }

        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            var depth = 0;
            var item = new StringBuilder();
            for (var at = start; at < text.Length; at++)
            {
                var one = text[at];
                if (one == '{')
                {
                    depth++;
                    json.WriteStartArray();
                }
                else if (one == '}')
                {
                    depth--;
                    json.WriteEndArray();
                }
                else if (one != delimiter)
                {
                    at = ReadItem(text, at, delimiter, item, out var quoted) - 1;
                    Write(json, !quoted && item.Equals("NULL") ? null : item.ToString(), element);
                }
            }

            if (depth != 0)
            {
                throw new FormatException("the array's braces do not match");
            }
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static int ReadItem(string text, int at, char delimiter, StringBuilder item, out bool quoted)
    {
        item.Clear();
        quoted = text[at] == '"';
        at += quoted ? 1 : 0;
        for (; at < text.Length; at++)
        {
            var one = text[at];
            if (one == '\\')
            {
                item.Append(text[++at]);
            }
            else if (quoted && one == '"')
            {
                return at + 1;
            }
            else if (!quoted && (one == delimiter || one == '}'))
            {
                return at;
            }
            else
            {
                item.Append(one);
            }
        }

        throw new FormatException("the array ends within an element");
    }

    private static void Write(Utf8JsonWriter json, string? text, ValueRule element)
    {
        if (text is null)
        {
            json.WriteNullValue();
            return;
        }

        switch (element.Form)
        {
            case ValueForm.Integer:
                json.WriteNumberValue(long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
                break;
            case ValueForm.Boolean:
                json.WriteNumberValue(text == "t" ? 1 : 0);
                break;
            case ValueForm.Real:
                var real = ValueConverter.Real(text);
                if (double.IsFinite(real))
                {
                    json.WriteNumberValue(real);
                }
                else
                {
                    json.WriteNullValue();
                }

                break;
            case ValueForm.Bytes:
                json.WriteStringValue(text.StartsWith("\\x", StringComparison.Ordinal) ? text[2..] : text);
                break;
            default:
                json.WriteStringValue(ValueConverter.Convert(text, element).ToString());
                break;
        }
    }
}
