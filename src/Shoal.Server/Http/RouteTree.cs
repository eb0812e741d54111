namespace Shoal.Server.Http;

/// <summary>The table of routes by path segment, so that finding one costs a look-up per segment.</summary>
internal sealed class RouteTree
{
    private readonly Node _root = new();

    public RouteTree(IReadOnlyList<Route> routes)
    {
        foreach (var route in routes)
        {
            var node = _root;
            foreach (var segment in route.Pattern.Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                node = node.Child(segment);
            }

            node.Routes.Add(route);
        }
    }

    /// <summary>Finds the route of a path and method, and where in the path its variables stand.</summary>
    public RouteMatch Find(string method, string path)
    {
        var node = _root;
        var match = new RouteMatch();
        var start = 1;
        while (start < path.Length)
        {
            var length = path.AsSpan(start).IndexOf('/');
            var end = length < 0 ? path.Length : start + length;
            if (!node.TryStep(path, start..end, ref match, out node))
            {
                return default;
            }

            start = end + 1;
        }

        match.Allowed = node.Routes;
        foreach (var route in node.Routes)
        {
            if (string.Equals(route.Method, method, StringComparison.Ordinal))
            {
                match.Route = route;
                break;
            }
        }

        return match;
    }

    private sealed class Node
    {
        private readonly Dictionary<string, Node> _literals = new(StringComparer.Ordinal);
        private readonly Dictionary<string, Node>.AlternateLookup<ReadOnlySpan<char>> _bySpan;
        private Node? _variable;
        private string? _variableName;

        public Node() => _bySpan = _literals.GetAlternateLookup<ReadOnlySpan<char>>();

        public List<Route> Routes { get; } = [];

        public Node Child(string segment)
        {
            if (segment[0] == '{')
            {
                _variableName = segment;
                return _variable ??= new Node();
            }

            if (!_literals.TryGetValue(segment, out var child))
            {
                _literals.Add(segment, child = new Node());
            }

            return child;
        }

        public bool TryStep(string path, Range segment, ref RouteMatch match, out Node next)
        {
            if (_bySpan.TryGetValue(path.AsSpan(segment), out var literal))
            {
                next = literal;
                return true;
            }

            next = _variable!;
            switch (_variableName)
            {
                case "{account}":
                    match.Account = segment;
                    break;
                case "{database}":
                    match.Database = segment;
                    break;
                case "{item}":
                    match.Item = segment;
                    break;
                default:
                    return false;
            }

            return segment.Start.Value < segment.End.Value;
        }
    }
}
