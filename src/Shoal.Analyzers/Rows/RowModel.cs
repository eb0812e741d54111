namespace Shoal.Analyzers.Rows;

/// <summary>All that the generated code depends on. Equal models give equal code.</summary>
/// <param name="Namespace">Empty for none.</param>
/// <param name="Types">Declarations from the outermost type to the row itself, for example <c>record struct Point</c>.</param>
/// <param name="Names">Their names, in the same order.</param>
/// <param name="Members">In the order of the constructor.</param>
/// <param name="ByConstructor">Whether members are a constructor's parameters; else properties.</param>
internal record struct RowModel(string Namespace, EquatableArray<string> Types, EquatableArray<string> Names,
    EquatableArray<RowMember> Members, bool ByConstructor);
