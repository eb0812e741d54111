namespace Shoal.Server.Analytics;

/// <summary>What a data set of usage measures.</summary>
internal enum UsageMeasures
{
    /// <summary>Requests: <c>d1AnalyticsAdaptiveGroups</c>.</summary>
    Requests,

    /// <summary>Runs of statements: <c>d1QueriesAdaptiveGroups</c>.</summary>
    Statements,
}
