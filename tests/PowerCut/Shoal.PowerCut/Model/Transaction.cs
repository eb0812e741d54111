namespace Shoal.PowerCut.Model;

/// <summary>One transaction of a database's history.</summary>
/// <param name="Number">From 1, without gaps.</param>
/// <param name="Statements">SQL without parameters.</param>
/// <param name="IsImport">To be sent as an import instead of a batch.</param>
internal sealed record Transaction(int Number, IReadOnlyList<string> Statements, bool IsImport)
{
    /// <summary>All of it as one SQL text.</summary>
    public string Text => string.Join(";\n", Statements) + ";\n";
}
