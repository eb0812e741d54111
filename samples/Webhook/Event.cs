using System.Text.Json;

namespace Shoal.Samples.Webhook;

/// <summary>An event as its sender delivers it.</summary>
internal sealed record Event(string Id, string Type, JsonElement Data);
