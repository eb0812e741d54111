namespace Shoal.Analyzers.Rows;

/// <summary>A parameter or property that gets the value of a column.</summary>
/// <param name="Name">As it is declared.</param>
/// <param name="Type">With its namespace.</param>
/// <param name="Getter">The method of RowReader that reads it.</param>
/// <param name="Cast">The type to convert to, checked; empty for none.</param>
/// <param name="IsNullable">Whether NULL becomes null.</param>
internal record struct RowMember(string Name, string Type, string Getter, string Cast, bool IsNullable);
