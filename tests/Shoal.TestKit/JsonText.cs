using System.Text.Encodings.Web;
using System.Text.Json;

namespace Shoal.TestKit;

/// <summary>How tests print JSON: text as it is.</summary>
public static class JsonText
{
    public static JsonSerializerOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
