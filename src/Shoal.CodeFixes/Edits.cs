using System.Linq;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;

namespace Shoal.CodeFixes;

/// <summary>Puts statements around one, in a block or at the top of a program.</summary>
internal static class Edits
{
    public static void Around(this DocumentEditor editor, StatementSyntax statement, StatementSyntax[] before, StatementSyntax replacement,
        StatementSyntax[] after)
    {
        if (statement.Parent is GlobalStatementSyntax global)
        {
            editor.InsertBefore(global, before.Select(SyntaxFactory.GlobalStatement));
            editor.InsertAfter(global, after.Select(SyntaxFactory.GlobalStatement));
            editor.ReplaceNode(global, SyntaxFactory.GlobalStatement(replacement));
        }
        else
        {
            editor.InsertBefore(statement, before);
            editor.InsertAfter(statement, after);
            editor.ReplaceNode(statement, replacement);
        }
    }
}
