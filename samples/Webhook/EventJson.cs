using System.Text.Json.Serialization;

namespace Shoal.Samples.Webhook;

/// <summary>JSON without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Event[]))]
[JsonSerializable(typeof(Answer))]
[JsonSerializable(typeof(Stats))]
internal sealed partial class EventJson : JsonSerializerContext;
