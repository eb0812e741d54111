using System.Globalization;
using Shoal.Items.Expressions;

namespace Shoal.Items.Partiql;

/// <summary>Reads document paths of a PartiQL statement: <c>a."b c"[0]</c>.</summary>
internal static class PartiqlPaths
{
    /// <summary>Words that are no names without quotes.</summary>
    private static readonly HashSet<string> Keywords = new(StringComparer.OrdinalIgnoreCase)
    {
        "all", "and", "as", "between", "by", "case", "distinct", "else", "end", "except", "exists", "false", "from", "group",
        "having", "in", "inner", "intersect", "is", "join", "left", "like", "missing", "not", "null", "on", "or", "order",
        "outer", "remove", "returning", "right", "select", "set", "then", "true", "union", "when", "where",
    };

    public static DocumentPath Read(PartiqlReader reader)
    {
        if (reader.Current.Kind == PartiqlTokenKind.Word && Keywords.Contains(reader.Current.Text))
        {
            throw PartiqlReader.Malformed("Unexpected term");
        }

        var parts = new List<PathPart> { new(reader.ExpectName("identifier").Text, 0) };
        while (true)
        {
            if (reader.TryTake("."))
            {
                if (reader.Current.Kind == PartiqlTokenKind.Word && Keywords.Contains(reader.Current.Text))
                {
                    throw PartiqlReader.Malformed("Invalid path dot component");
                }

                parts.Add(new PathPart(reader.Current.Kind is PartiqlTokenKind.Word or PartiqlTokenKind.Name ? reader.Take().Text
                    : throw PartiqlReader.Malformed("Invalid path dot component"), 0));
            }
            else if (reader.TryTake("["))
            {
                parts.Add(ReadIndex(reader));
                reader.Expect("]", "RIGHT_BRACKET");
            }
            else
            {
                return new DocumentPath(parts);
            }
        }
    }

    private static PathPart ReadIndex(PartiqlReader reader)
    {
        var token = reader.Take();
        return token.Kind == PartiqlTokenKind.Text ? new PathPart(token.Text, 0)
            : token.Kind == PartiqlTokenKind.Number
                && int.TryParse(token.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? new PathPart(null, index)
            : throw PartiqlReader.Malformed("Unexpected path component");
    }
}
