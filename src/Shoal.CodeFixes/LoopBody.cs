using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Shoal.CodeFixes;

/// <summary>A loop whose body ends with a write that stands for itself: what the fixes can move.</summary>
internal sealed class LoopBody
{
    private LoopBody(StatementSyntax loop, StatementSyntax body, ExpressionStatementSyntax write, InvocationExpressionSyntax call)
    {
        Loop = loop;
        Body = body;
        Write = write;
        Call = call;
    }

    public StatementSyntax Loop { get; }

    public StatementSyntax Body { get; }

    /// <summary>The statement of the write: the last one of the body.</summary>
    public ExpressionStatementSyntax Write { get; }

    public InvocationExpressionSyntax Call { get; }

    /// <summary>Null when the code has another shape.</summary>
    public static LoopBody? Of(InvocationExpressionSyntax call)
    {
        // await call; await call.ConfigureAwait(false); call;
        ExpressionSyntax outer = call;
        if (outer.Parent is MemberAccessExpressionSyntax { Name.Identifier.Text: "ConfigureAwait" } configure
            && configure.Parent is InvocationExpressionSyntax configured)
        {
            outer = configured;
        }

        if (outer.Parent is AwaitExpressionSyntax await)
        {
            outer = await;
        }

        if (outer.Parent is not ExpressionStatementSyntax write)
        {
            return null;
        }

        var body = write.Parent is BlockSyntax block && block.Statements.Last() == write ? (StatementSyntax)block : write;
        var loop = body.Parent switch
        {
            ForEachStatementSyntax each when each.Statement == body => (StatementSyntax)each,
            ForEachVariableStatementSyntax each when each.Statement == body => each,
            ForStatementSyntax counted when counted.Statement == body => counted,
            WhileStatementSyntax conditional when conditional.Statement == body => conditional,
            _ => null,
        };

        // After the loop there must be a place for a statement.
        return loop?.Parent is not (BlockSyntax or GlobalStatementSyntax) || Leaves(body) ? null : new LoopBody(loop, body, write, call);
    }

    /// <summary>Whether the body holds an await before the write.</summary>
    public bool AwaitsMore => Body.DescendantNodes().OfType<AwaitExpressionSyntax>().Any(await => !Write.Contains(await))
        || Call.DescendantNodes().OfType<AwaitExpressionSyntax>().Any();

    // continue may stay: such a turn wrote nothing.
    private static bool Leaves(StatementSyntax body) => body.DescendantNodes().Any(static node => node
        is ReturnStatementSyntax or BreakStatementSyntax or GotoStatementSyntax or YieldStatementSyntax
        || node.IsKind(SyntaxKind.TryStatement));

    /// <summary>Whether all names of an expression mean the same after the loop.</summary>
    public bool OutlivedBy(ExpressionSyntax expression, SemanticModel model) =>
        expression.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>().All(name =>
            model.GetSymbolInfo(name).Symbol is { } symbol && symbol.DeclaringSyntaxReferences.All(reference =>
                reference.SyntaxTree != Loop.SyntaxTree || !Loop.FullSpan.Contains(reference.Span)));
}
