using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Shoal.Analyzers.Writes;

namespace Shoal.Analyzers;

/// <summary>Finds writes of single rows in loops, where a batch would save round trips and commits.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class RowByRowAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        [Rules.StatementPerRow, Rules.CommandPerRow, Rules.DapperPerRow, Rules.SaveChangesPerRow];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            if (WriteApis.Of(start.Compilation) is { } apis)
            {
                start.RegisterOperationAction(operation => Analyze(operation, apis), OperationKind.Invocation);
            }
        });
    }

    private static void Analyze(OperationAnalysisContext context, WriteApis apis)
    {
        var call = (IInvocationOperation)context.Operation;
        if (apis.Kind(call) is not { } kind || Repetition.Around(call) is not { } repetition
            || !WriteApis.WritesOneRow(call, kind, repetition.Operation)
            || kind == WriteKind.SaveChanges && SavesMany(repetition, call) || WriteCost.Of(call, kind) is not { } cost)
        {
            return;
        }

        var rule = kind switch
        {
            WriteKind.Statement => Rules.StatementPerRow,
            WriteKind.Command => Rules.CommandPerRow,
            WriteKind.Dapper => Rules.DapperPerRow,
            _ => Rules.SaveChangesPerRow,
        };
        context.ReportDiagnostic(Diagnostic.Create(rule, call.Syntax.GetLocation(), call.TargetMethod.Name, repetition.Words, cost));
    }

    // A turn of the loop that adds many entities is a batch.
    private static bool SavesMany(Repetition repetition, IInvocationOperation save) => repetition.Operation.OwnDescendants().Any(one =>
        one is ILoopOperation && !one.Descendants().Contains(save)
        || one is IInvocationOperation { TargetMethod.Name: "AddRange" or "AddRangeAsync" or "UpdateRange" or "RemoveRange" or "ForEach" });
}
