using Shoal.Engine.Requests;

namespace Shoal.Cli.Targets;

/// <summary>SQL of one or several statements with the values of the last one's parameters.</summary>
internal sealed record SqlText(string Sql, params IReadOnlyList<SqlValue> Parameters);
