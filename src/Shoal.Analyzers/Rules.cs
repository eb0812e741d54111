using Microsoft.CodeAnalysis;

namespace Shoal.Analyzers;

/// <summary>All diagnostics, with their words.</summary>
internal static class Rules
{
    /// <summary>A section of this page explains each rule.</summary>
    private const string Page = "docs/reference/analyzers.md";

    public static readonly DiagnosticDescriptor StatementPerRow = Batching("SHOAL001",
        "A statement runs once per row", DiagnosticSeverity.Warning,
        "{0} in {1} costs {2}; send the statements of many rows with BatchAsync, or hand the rows to InsertManyAsync");

    public static readonly DiagnosticDescriptor CommandPerRow = Batching("SHOAL002",
        "An ADO.NET command runs once per row", DiagnosticSeverity.Info,
        "{0} in {1} costs {2}; send many rows in one DbBatch or one multi-row statement, inside of one transaction");

    public static readonly DiagnosticDescriptor DapperPerRow = Batching("SHOAL003",
        "Dapper's Execute runs once per row", DiagnosticSeverity.Info,
        "{0} in {1} costs {2}; send many rows in one multi-row statement, or all of them inside of one transaction");

    public static readonly DiagnosticDescriptor SaveChangesPerRow = Batching("SHOAL004",
        "SaveChanges runs once per row", DiagnosticSeverity.Warning,
        "{0} in {1} costs {2}; save once after the loop, or every some hundred rows: EF Core then sends them in batches");

    public static readonly DiagnosticDescriptor RowShape = new("SHOAL011", "No row mapper can be generated",
        "'{0}' is marked ShoalRow, but {1}", "Rows", DiagnosticSeverity.Error, isEnabledByDefault: true,
        helpLinkUri: Page + "#shoal011");

    private static DiagnosticDescriptor Batching(string id, string title, DiagnosticSeverity severity, string message) =>
        new(id, title, message, "Batching", severity, isEnabledByDefault: true, helpLinkUri: Page + "#" + id.ToLowerInvariant());
}
