namespace Shoal.PowerCut.Model;

/// <summary>One transaction of a database's history.</summary>
/// <param name="Number">From 1, without gaps.</param>
/// <param name="Statements">SQL without parameters.</param>
/// <param name="IsImport">To be sent as an import instead of a batch.</param>
internal sealed record Transaction(int Number, IReadOnlyList<string> Statements, bool IsImport)
{
    public bool ReturnsRows => Statements.Any(sql => sql.Contains("RETURNING", StringComparison.Ordinal));

    /// <summary>Whether it changes a schema that exists.</summary>
    public bool ChangesSchema => Number > 1 && Statements.Any(sql => sql.StartsWith("CREATE", StringComparison.Ordinal)
        || sql.StartsWith("ALTER", StringComparison.Ordinal) || sql.StartsWith("DROP", StringComparison.Ordinal));

    /// <summary>All of it as one SQL text.</summary>
    public string Text => string.Join(";\n", Statements) + ";\n";
}
