using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Shoal.Analyzers.Rows;

namespace Shoal.Analyzers;

/// <summary>Generates the mappers of types marked ShoalRow. What it cannot map <see cref="RowShapeAnalyzer"/> reports.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class RowGenerator : IIncrementalGenerator
{
    /// <summary>Name of the step whose output decides whether code is generated again.</summary>
    internal const string Step = "ShoalRows";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var rows = context.SyntaxProvider
            .ForAttributeWithMetadataName(RowShape.Attribute, static (node, _) => node is TypeDeclarationSyntax,
                static (found, _) => RowShape.Read((INamedTypeSymbol)found.TargetSymbol).Model)
            .Where(static model => model is not null)
            .Select(static (model, _) => model!.Value)
            .WithTrackingName(Step);
        context.RegisterSourceOutput(rows, static (output, row) => output.AddSource(RowSource.FileName(row), RowSource.Write(row)));
    }
}
