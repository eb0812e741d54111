using System.Text.Json.Nodes;

namespace Shoal.Server.Analytics;

/// <summary>One field that a GraphQL query asks for.</summary>
/// <param name="Key">The name of its value in the reply.</param>
/// <param name="Name">What is asked for.</param>
/// <param name="Arguments">Arguments, variables filled in.</param>
/// <param name="Fields">What is asked of it.</param>
internal sealed record GraphqlField(string Key, string Name, JsonObject Arguments, IReadOnlyList<GraphqlField> Fields);
