namespace Shoal.Server.Analytics;

/// <summary>A GraphQL query that cannot be answered; becomes an entry of <c>errors</c>.</summary>
internal sealed class GraphqlException(string message) : Exception(message);
