using Shoal.Engine.Catalog;

namespace Shoal.Server.Tests.Auth;

/// <summary>A row of the matrix.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Pattern">As the route table has it.</param>
/// <param name="Least">The least permission that is let in.</param>
/// <param name="Reach">What it concerns.</param>
public sealed record AccessRoute(string Method, string Pattern, TokenPermission Least, AccessReach Reach)
{
    /// <summary>Whether the token may stand in the path.</summary>
    public bool TakesPathToken => Reach == AccessReach.Binding && Pattern.Contains("{item}", StringComparison.Ordinal);

    /// <summary>Whether it runs the SQL of its body.</summary>
    public bool RunsSql => Pattern.EndsWith("/query", StringComparison.Ordinal)
        || Pattern.EndsWith("/raw", StringComparison.Ordinal) || Pattern.EndsWith("/execute", StringComparison.Ordinal)
        || Pattern.StartsWith("/mf/", StringComparison.Ordinal);

    public override string ToString() => $"{Method} {Pattern}";
}
