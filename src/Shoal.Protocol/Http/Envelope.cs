using System.Text.Json.Serialization;

namespace Shoal.Protocol.Http;

/// <summary>What every JSON reply is wrapped in.</summary>
/// <typeparam name="T">What was asked for.</typeparam>
public sealed record Envelope<T>
{
    /// <summary>What was asked for; null on failure.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public T? Result { get; init; }

    /// <summary>Whether it went well.</summary>
    public bool Success { get; init; } = true;

    /// <summary>Why not; empty on success.</summary>
    public IReadOnlyList<ApiError> Errors { get; init; } = [];

    /// <summary>Remarks.</summary>
    public IReadOnlyList<ApiMessage> Messages { get; init; } = [];

    /// <summary>Paging; only on lists.</summary>
    public ResultInfo? ResultInfo { get; init; }
}
