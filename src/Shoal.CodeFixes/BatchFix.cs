using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;

namespace Shoal.CodeFixes;

/// <summary>Turns a loop that runs a statement per row into one that sends batches of a hundred.</summary>
/// <remarks>
/// Offered where the statement stands last in the loop, its result is not used, nothing else is awaited there and the database is
/// known after the loop. Then the statements, their values and their order stay as they were; what changes is said in the title.
/// </remarks>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(BatchFix))]
[Shared]
public sealed class BatchFix : CodeFixProvider
{
    /// <summary>What a user sees; the part in brackets is what becomes different.</summary>
    public const string Title = "Send batches of 100 with BatchAsync (each is all or nothing; rows are sent later than before)";

    private const int BatchRows = 100;

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ["SHOAL001"];

    /// <summary>None: two fixes in one block would take the same name for their list.</summary>
    public override FixAllProvider? GetFixAllProvider() => null;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        var model = await context.Document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false);
        if (root?.FindNode(context.Span, getInnermostNodeForTie: true) is not InvocationExpressionSyntax call || model is null
            || call.Expression is not MemberAccessExpressionSyntax run)
        {
            return;
        }

        if (WhenAllOf.Of(call, model, context.CancellationToken) is { } all
            && Database(run.Expression, model, context.CancellationToken) is { } target)
        {
            Register(context, cancellation => FixSelectAsync(context.Document, all, run.Expression, target, call, cancellation));
        }
        else if (LoopBody.Of(call) is { AwaitsMore: false } loop && loop.Write.Expression is AwaitExpressionSyntax
            && Database(run.Expression, model, context.CancellationToken) is { } database
            && loop.OutlivedBy(database, model) && call.ArgumentList.Arguments.All(argument => loop.OutlivedBy(argument.Expression, model)))
        {
            Register(context, cancellation => FixLoopAsync(context.Document, loop, run.Expression, database, model, cancellation));
        }
    }

    private static void Register(CodeFixContext context, System.Func<CancellationToken, Task<Document>> fix) =>
        context.RegisterCodeFix(CodeAction.Create(Title, fix, nameof(BatchFix)), context.Diagnostics);

    /// <summary>The expression before <c>.Prepare</c>, when it is a name that can be said again.</summary>
    private static ExpressionSyntax? Database(ExpressionSyntax statement, SemanticModel model, CancellationToken cancellation)
    {
        for (var depth = 0; depth < 20; depth++)
        {
            switch (statement)
            {
                case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.Text: "Prepare" } prepare }:
                    return IsName(prepare.Expression) ? prepare.Expression : null;
                case InvocationExpressionSyntax
                {
                    Expression: MemberAccessExpressionSyntax { Name.Identifier.Text: "Bind" or "AsIdempotent" } bind,
                }:
                    statement = bind.Expression;
                    break;
                case IdentifierNameSyntax name when model.GetSymbolInfo(name, cancellation).Symbol is ILocalSymbol local
                    && local.DeclaringSyntaxReferences.FirstOrDefault() is { } declaration
                    && declaration.GetSyntax(cancellation) is VariableDeclaratorSyntax { Initializer.Value: { } value }:
                    statement = value;
                    break;
                default:
                    return null;
            }
        }

        return null;
    }

    private static bool IsName(ExpressionSyntax expression) => expression is IdentifierNameSyntax or ThisExpressionSyntax
        || expression is MemberAccessExpressionSyntax member && IsName(member.Expression);

    private static async Task<Document> FixLoopAsync(Document document, LoopBody loop, ExpressionSyntax statement,
        ExpressionSyntax database, SemanticModel model, CancellationToken cancellation)
    {
        var editor = await DocumentEditor.CreateAsync(document, cancellation).ConfigureAwait(false);
        var name = Unused("batch", model, loop.Loop);
        var send = SyntaxFactory.ParseStatement(Send(database, name, loop.Call, loop.Write));
        var add = SyntaxFactory.ParseStatement($"{name}.Add({statement.WithoutTrivia()});\n")
            .WithLeadingTrivia(loop.Write.GetLeadingTrivia());
        var flush = SyntaxFactory.ParseStatement($"if ({name}.Count == {BatchRows})\n{{\n{send}{name}.Clear();\n}}\n");
        StatementSyntax body = loop.Body is BlockSyntax block
            ? block.WithStatements(block.Statements.RemoveAt(block.Statements.Count - 1).AddRange([add, flush]))
            : SyntaxFactory.Block(add.WithLeadingTrivia(SyntaxFactory.ElasticMarker), flush);
        var newLoop = loop.Loop.ReplaceNode(loop.Body, body).WithAdditionalAnnotations(Formatter.Annotation);
        var list = SyntaxFactory.ParseStatement(
                $"var {name} = new global::System.Collections.Generic.List<global::Shoal.Client.D1.Statement>();\n")
            .WithLeadingTrivia(loop.Loop.GetLeadingTrivia()).WithAdditionalAnnotations(Simplifier.Annotation, Formatter.Annotation);
        newLoop = newLoop.WithLeadingTrivia(SyntaxFactory.ElasticMarker);
        var last = send.WithAdditionalAnnotations(Formatter.Annotation);
        editor.Around(loop.Loop, [list], newLoop, [last]);
        return editor.GetChangedDocument();
    }

    private static async Task<Document> FixSelectAsync(Document document, WhenAllOf all, ExpressionSyntax statement,
        ExpressionSyntax database, InvocationExpressionSyntax call, CancellationToken cancellation)
    {
        var editor = await DocumentEditor.CreateAsync(document, cancellation).ConfigureAwait(false);
        var chunk = Unused("chunk", editor.SemanticModel, all.Statement);
        var token = Token(call);
        var items = $"[.. {chunk}.Select({all.Parameter} => {statement.WithoutTrivia()})]";
        var loop = SyntaxFactory.ParseStatement(
            $"foreach (var {chunk} in {all.Rows.WithoutTrivia()}.Chunk({BatchRows}))\n{{\n"
            + $"await {database}.BatchAsync({items}{token}){all.Configured};\n}}\n");
        editor.Around(all.Statement, [], loop.WithLeadingTrivia(all.Statement.GetLeadingTrivia())
            .WithAdditionalAnnotations(Formatter.Annotation), []);
        return editor.GetChangedDocument();
    }

    private static string Send(ExpressionSyntax database, string name, InvocationExpressionSyntax call, ExpressionStatementSyntax write)
    {
        var configured = write.Expression is AwaitExpressionSyntax
        {
            Expression: InvocationExpressionSyntax
            {
                Expression: MemberAccessExpressionSyntax { Name.Identifier.Text: "ConfigureAwait" },
            } outer,
        } ? ".ConfigureAwait" + outer.ArgumentList.WithoutTrivia() : "";
        return $"await {database}.BatchAsync({name}{Token(call)}){configured};\n";
    }

    private static string Token(InvocationExpressionSyntax call) =>
        call.ArgumentList.Arguments.FirstOrDefault() is { } only ? ", " + only.Expression.WithoutTrivia() : "";

    private static string Unused(string name, SemanticModel model, SyntaxNode where)
    {
        var scope = where.Ancestors().OfType<MemberDeclarationSyntax>().FirstOrDefault(static one => one is not GlobalStatementSyntax)
            ?? where.SyntaxTree.GetRoot();
        var taken = scope.DescendantTokens().Where(static token => token.IsKind(SyntaxKind.IdentifierToken))
            .Select(static token => token.ValueText)
            .Concat(model.LookupSymbols(where.SpanStart).Select(static symbol => symbol.Name)).ToImmutableHashSet();
        var candidate = name;
        for (var number = 2; taken.Contains(candidate); number++)
        {
            candidate = name + number;
        }

        return candidate;
    }
}
