namespace Shoal.Items.Expressions;

/// <summary>The paths that an expression changes or shows; no two may meet.</summary>
internal sealed class PathSet(ExpressionErrors errors)
{
    private readonly List<DocumentPath> _paths = [];

    public void Add(DocumentPath path)
    {
        if (errors.Has("pathOverlap"))
        {
            return;
        }

        foreach (var other in _paths)
        {
            Check(other, path);
            if (errors.Has("pathOverlap"))
            {
                return;
            }
        }

        _paths.Add(path);
    }

    private void Check(DocumentPath first, DocumentPath second)
    {
        for (var index = 0; index < first.Parts.Count && index < second.Parts.Count; index++)
        {
            var (one, two) = (first.Parts[index], second.Parts[index]);
            if (one.Name is null != two.Name is null)
            {
                errors.Add("pathConflict", "Two document paths conflict with each other; "
                    + $"must remove or rewrite one of these paths; path one: {first}, path two: {second}");
                return;
            }

            if (one != two)
            {
                return;
            }
        }

        errors.Add("pathOverlap", "Two document paths overlap with each other; "
            + $"must remove or rewrite one of these paths; path one: {first}, path two: {second}");
    }
}
