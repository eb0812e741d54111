namespace Shoal.Client.Ado;

/// <summary>Where a statement takes a value from.</summary>
/// <param name="Name">The parameter's name with its first character; null for one by position.</param>
/// <param name="Position">Index in the command's parameters; -1 for one by name.</param>
internal readonly record struct ParameterUse(string? Name, int Position);
