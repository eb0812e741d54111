using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Shoal.CodeFixes;

/// <summary><c>await Task.WhenAll(rows.Select(row =&gt; write));</c>, whose results nobody takes.</summary>
internal sealed class WhenAllOf
{
    private WhenAllOf(ExpressionStatementSyntax statement, ExpressionSyntax rows, string parameter, string configured)
    {
        Statement = statement;
        Rows = rows;
        Parameter = parameter;
        Configured = configured;
    }

    public ExpressionStatementSyntax Statement { get; }

    public ExpressionSyntax Rows { get; }

    /// <summary>Name of the lambda's parameter.</summary>
    public string Parameter { get; }

    /// <summary><c>.ConfigureAwait(…)</c>, or nothing.</summary>
    public string Configured { get; }

    /// <summary>Null when the code has another shape.</summary>
    public static WhenAllOf? Of(InvocationExpressionSyntax call, SemanticModel model, CancellationToken cancellation)
    {
        ExpressionSyntax body = call.Parent is AwaitExpressionSyntax inner ? inner : call;
        if (body.Parent is not SimpleLambdaExpressionSyntax lambda
            || CallWith(lambda, "Select") is not { Expression: MemberAccessExpressionSyntax select } mapped
            || CallWith(mapped, "WhenAll") is not { } all
            || model.GetSymbolInfo(mapped, cancellation).Symbol is not IMethodSymbol { ContainingType.Name: "Enumerable" })
        {
            return null;
        }

        ExpressionSyntax outer = all;
        var configured = "";
        if (all.Parent is MemberAccessExpressionSyntax { Name.Identifier.Text: "ConfigureAwait" } member
            && member.Parent is InvocationExpressionSyntax configure)
        {
            outer = configure;
            configured = ".ConfigureAwait" + configure.ArgumentList;
        }

        return outer.Parent is AwaitExpressionSyntax { Parent: ExpressionStatementSyntax statement }
            && statement.Parent is BlockSyntax or GlobalStatementSyntax
            ? new WhenAllOf(statement, select.Expression, lambda.Parameter.Identifier.Text, configured)
            : null;
    }

    /// <summary>The call of a method that an expression is an argument of.</summary>
    private static InvocationExpressionSyntax? CallWith(ExpressionSyntax argument, string method) =>
        argument.Parent?.Parent?.Parent is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax called } call
        && called.Name.Identifier.Text == method ? call : null;
}
