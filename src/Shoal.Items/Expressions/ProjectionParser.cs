namespace Shoal.Items.Expressions;

/// <summary>Parses a <c>ProjectionExpression</c>.</summary>
internal static class ProjectionParser
{
    /// <exception cref="ItemException">It is no valid list of paths.</exception>
    public static Projection Parse(string text, ExpressionContext context)
    {
        var reader = new ExpressionReader("ProjectionExpression", text);
        var errors = new ExpressionErrors("reserved", "attrNameVal", "pathOverlap", "pathConflict");
        var parser = new PathParser(reader, context, errors, "attrNameVal");
        var paths = new List<DocumentPath>();
        do
        {
            paths.Add(parser.Read());
        }
        while (reader.TryTake(","));
        if (!reader.IsAtEnd)
        {
            throw reader.SyntaxError();
        }

        var set = new PathSet(errors);
        paths.ForEach(set.Add);
        return errors.Find() is { } error ? throw reader.Fail(error) : new Projection(paths);
    }
}
