using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Shoal.Analyzers.Rows;

/// <summary>Says why a type marked ShoalRow gets no mapper. Apart from the generator, whose results stay comparable that way.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class RowShapeAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.RowShape];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            if (start.Compilation.GetTypeByMetadataName(RowShape.Attribute) is { } attribute)
            {
                start.RegisterSymbolAction(symbol => Analyze(symbol, attribute), SymbolKind.NamedType);
            }
        });
    }

    private static void Analyze(SymbolAnalysisContext context, INamedTypeSymbol attribute)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (type.GetAttributes().Any(one => SymbolEqualityComparer.Default.Equals(one.AttributeClass, attribute))
            && RowShape.Read(type).Problem is { } problem)
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.RowShape, type.Locations[0], type.Name, problem));
        }
    }
}
