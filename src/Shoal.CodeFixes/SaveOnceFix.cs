using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using Microsoft.CodeAnalysis.Formatting;

namespace Shoal.CodeFixes;

/// <summary>Moves SaveChanges from the end of a loop's body to after the loop.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SaveOnceFix))]
[Shared]
public sealed class SaveOnceFix : CodeFixProvider
{
    /// <summary>What a user sees; the part in brackets is what becomes different.</summary>
    public const string Title = "Save once after the loop (all rows or none; queries inside of the loop do not see unsaved rows)";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ["SHOAL004"];

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        var model = await context.Document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false);
        if (root?.FindNode(context.Span, getInnermostNodeForTie: true) is not InvocationExpressionSyntax call || model is null
            || call.Expression is not MemberAccessExpressionSyntax save || LoopBody.Of(call) is not { Body: BlockSyntax } loop
            || !loop.OutlivedBy(save.Expression, model)
            || !call.ArgumentList.Arguments.All(argument => loop.OutlivedBy(argument.Expression, model)))
        {
            return;
        }

        context.RegisterCodeFix(CodeAction.Create(Title, cancellation => FixAsync(context.Document, loop, cancellation),
            nameof(SaveOnceFix)), context.Diagnostics);
    }

    private static async Task<Document> FixAsync(Document document, LoopBody loop, CancellationToken cancellation)
    {
        var editor = await DocumentEditor.CreateAsync(document, cancellation).ConfigureAwait(false);
        var body = (BlockSyntax)loop.Body;
        var shorter = body.WithStatements(body.Statements.RemoveAt(body.Statements.Count - 1));
        editor.Around(loop.Loop, [], loop.Loop.ReplaceNode(body, shorter),
            [loop.Write.WithoutLeadingTrivia().WithAdditionalAnnotations(Formatter.Annotation)]);
        return editor.GetChangedDocument();
    }
}
