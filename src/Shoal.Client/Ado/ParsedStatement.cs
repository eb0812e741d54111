using Shoal.Client.D1;

namespace Shoal.Client.Ado;

/// <summary>One statement of a command's text, with numbered parameters.</summary>
/// <param name="Text">The SQL that is run.</param>
/// <param name="Parameters">Where the value of each number comes from.</param>
internal sealed record ParsedStatement(StatementText Text, IReadOnlyList<ParameterUse> Parameters);
