using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Shoal.Analyzers.Rows;

namespace Shoal.Analyzers.Tests;

public sealed class RowGeneratorTests
{
    private const string Usings = "using System; using Shoal.Client.Rows;\n";

    [Theory]
    [InlineData("[ShoalRow] public sealed partial record Product(long Id, string Name, double? Price, bool InStock);")]
    [InlineData("[ShoalRow] internal partial record struct Point(int X, short? Y, byte Z, float W, uint U);")]
    [InlineData("namespace A.B { [ShoalRow] partial class Plain { public int Id { get; set; } public string? @class { get; init; } } }")]
    [InlineData("[ShoalRow] partial class Strict { public required int Id { get; set; } public required Guid Key { get; init; } }")]
    [InlineData("partial class Outer { private partial struct Middle { [ShoalRow] private sealed partial record Inner(DateTimeOffset At, byte[] Data); } }")]
    [InlineData("partial interface IOuter { [ShoalRow] partial record Inner(DayOfWeek Day, DayOfWeek? Other, object? Any, decimal Price); }")]
    [InlineData("[ShoalRow] partial record One(int Id); namespace N { [ShoalRow] partial record One(int Id); }")]
    public void What_is_generated_compiles(string code)
    {
        var (driver, compilation) = Run(Usings + code);
        driver.RunGeneratorsAndUpdateCompilation(compilation, out var updated, out var diagnostics, TestContext.Current.CancellationToken);

        Assert.Empty(diagnostics);
        Snippet.MustCompile(updated, TestContext.Current.CancellationToken);
        Assert.True(updated.SyntaxTrees.Count() != compilation.SyntaxTrees.Length);
    }

    [Theory]
    [InlineData("[ShoalRow] record Product(long Id);", "it is not partial")]
    [InlineData("class Outer { [ShoalRow] partial record Inner(long Id); }", "the type 'Outer' around it is not partial")]
    [InlineData("[ShoalRow] partial record Page<T>(long Id);", "it is generic")]
    [InlineData("partial class Outer<T> { [ShoalRow] partial record Inner(long Id); }", "the type 'Outer' around it is generic")]
    [InlineData("[ShoalRow] file partial record Here(long Id);", "it is local to its file")]
    [InlineData("[ShoalRow] abstract partial record Shape(long Id);", "it is abstract")]
    [InlineData("[ShoalRow] ref partial struct Near { public int Id { get; set; } }", "it is a ref struct")]
    [InlineData("[ShoalRow] partial record Product(long Id, string[] Tags);", "no column fits its parameter 'Tags' of type 'string[]'")]
    [InlineData("[ShoalRow] partial class Empty;", "it has no public constructor and no settable property that a column fits")]
    [InlineData("[ShoalRow] partial class Odd { public int Id { get; set; } public required Uri Address { get; set; } }",
        "no column fits its required member 'Address'")]
    [InlineData("[ShoalRow] partial record Odd(int Id) { public required string Name { get; init; } }",
        "its constructor does not set the required member 'Name'")]
    public async Task What_can_not_be_mapped_is_said_and_nothing_is_generated(string code, string problem)
    {
        var found = Assert.Single(await Snippet.FindInAsync(Usings + code, new RowShapeAnalyzer()));

        Assert.Equal("SHOAL011", found.Id);
        Assert.Contains(problem, found.GetMessage(), StringComparison.Ordinal);
        var (driver, _) = Run(Usings + code);
        Assert.Empty(driver.GetRunResult().GeneratedTrees);
    }

    [Fact]
    public void A_change_elsewhere_generates_nothing_again()
    {
        const string Row = Usings + "[ShoalRow] partial record Product(long Id, string Name);";
        var compilation = Snippet.Compile(Row, "class Other { int Before() => 1; }");
        GeneratorDriver driver = CSharpGeneratorDriver.Create([new RowGenerator().AsSourceGenerator()],
            driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true),
            parseOptions: (CSharpParseOptions)compilation.SyntaxTrees[0].Options);
        driver = driver.RunGenerators(compilation, TestContext.Current.CancellationToken);

        var other = compilation.SyntaxTrees[1];
        var elsewhere = compilation.ReplaceSyntaxTree(other, other.WithChangedText(
            Microsoft.CodeAnalysis.Text.SourceText.From("class Other { int After() => 2; }")));
        Assert.Equal([IncrementalStepRunReason.Cached, IncrementalStepRunReason.Unchanged], Reasons(ref driver, elsewhere));

        // A comment in the row's own file makes the model anew, and an equal one.
        var row = elsewhere.SyntaxTrees[0];
        var commented = elsewhere.ReplaceSyntaxTree(row, row.WithChangedText(
            Microsoft.CodeAnalysis.Text.SourceText.From(Row + " // a comment")));
        Assert.Equal([IncrementalStepRunReason.Cached, IncrementalStepRunReason.Unchanged], Reasons(ref driver, commented));

        row = commented.SyntaxTrees[0];
        var changed = commented.ReplaceSyntaxTree(row, row.WithChangedText(
            Microsoft.CodeAnalysis.Text.SourceText.From(Usings + "[ShoalRow] partial record Product(long Id, string Name, int Stock);")));
        Assert.Equal([IncrementalStepRunReason.Modified], Reasons(ref driver, changed));
    }

    // Cached and Unchanged are both reuse: only the union is of interest.
    private static IncrementalStepRunReason[] Reasons(ref GeneratorDriver driver, Compilation compilation)
    {
        driver = driver.RunGenerators(compilation, TestContext.Current.CancellationToken);
        var reasons = driver.GetRunResult().Results[0].TrackedSteps[RowGenerator.Step]
            .SelectMany(static step => step.Outputs).Select(static output => output.Reason).Distinct().ToArray();
        return reasons is [IncrementalStepRunReason.Cached] or [IncrementalStepRunReason.Unchanged]
            ? [IncrementalStepRunReason.Cached, IncrementalStepRunReason.Unchanged] : reasons;
    }

    private static (GeneratorDriver Driver, CSharpCompilation Compilation) Run(string code)
    {
        var compilation = Snippet.Compile(code);
        GeneratorDriver driver = CSharpGeneratorDriver.Create([new RowGenerator().AsSourceGenerator()],
            parseOptions: (CSharpParseOptions)compilation.SyntaxTrees[0].Options);
        return (driver.RunGenerators(compilation, TestContext.Current.CancellationToken), compilation);
    }
}
