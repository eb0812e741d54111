using System.Globalization;

namespace Shoal.Items.Expressions;

/// <summary>Reads document paths, which all expressions have in common.</summary>
internal sealed class PathParser(ExpressionReader reader, ExpressionContext context, ExpressionErrors errors, string nameGroup)
{
    /// <summary>Reads a path.</summary>
    /// <param name="allowUnderscore">Whether a name may begin with an underscore.</param>
    public DocumentPath Read(bool allowUnderscore = true)
    {
        var parts = new List<PathPart> { ReadName(allowUnderscore) };
        ReadTail(parts, allowUnderscore);
        return new DocumentPath(parts);
    }

    /// <summary>Reads what follows a path in parentheses.</summary>
    public DocumentPath Continue(DocumentPath path)
    {
        var parts = path.Parts.ToList();
        ReadTail(parts, allowUnderscore: false);
        return new DocumentPath(parts);
    }

    public static bool IsContinued(ExpressionToken token) => token.Is(".") || token.Is("[");

    private void ReadTail(List<PathPart> parts, bool allowUnderscore)
    {
        while (IsContinued(reader.Current))
        {
            if (reader.TryTake("."))
            {
                parts.Add(ReadName(allowUnderscore));
            }
            else
            {
                reader.Expect("[");
                if (reader.Current.Kind != TokenKind.Digits)
                {
                    throw reader.SyntaxError();
                }

                parts.Add(new PathPart(Name: null, ParseIndex(reader.Take().Text)));
                reader.Expect("]");
            }
        }

        if (parts.Count > ItemLimits.NestingMax)
        {
            throw reader.Fail($"The document path has too many nesting elements; nesting levels: {parts.Count}");
        }
    }

    private PathPart ReadName(bool allowUnderscore)
    {
        var token = reader.Current;
        if (token.Kind == TokenKind.Word && (allowUnderscore || token.Text[0] != '_'))
        {
            reader.Take();
            if (ReservedWords.Contains(token.Text))
            {
                errors.Add("reserved", $"Attribute name is a reserved keyword; reserved keyword: {token.Text}");
            }

            return new PathPart(token.Text, 0);
        }

        if (token.Kind != TokenKind.NamePlaceholder)
        {
            throw reader.SyntaxError();
        }

        reader.Take();
        if (errors.Has(nameGroup))
        {
            return new PathPart(token.Text, 0);
        }

        if (context.Name(token.Text) is { } name)
        {
            return new PathPart(name, 0);
        }

        errors.Add(nameGroup,
            $"An expression attribute name used in the document path is not defined; attribute name: {token.Text}");
        return new PathPart(token.Text, 0);
    }

    /// <summary>An index past every list stands for all larger ones.</summary>
    private static int ParseIndex(string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : int.MaxValue;
}
