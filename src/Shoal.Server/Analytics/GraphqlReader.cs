using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Shoal.Server.Analytics;

/// <summary>Reads the part of GraphQL that D1's clients use: one operation with fields, aliases, arguments and variables.</summary>
/// <remarks>Source: the GraphQL specification, October 2021, section 2. No fragments, no directives.</remarks>
internal sealed class GraphqlReader
{
    private const int DepthMax = 16;

    private readonly string _text;
    private readonly JsonObject _variables;
    private int _at;
    private int _depth;

    private GraphqlReader(string text, JsonObject variables)
    {
        _text = text;
        _variables = variables;
    }

    /// <summary>The fields of the operation.</summary>
    /// <exception cref="GraphqlException">It is not a query, or uses what is not supported.</exception>
    public static IReadOnlyList<GraphqlField> Read(string text, JsonObject variables)
    {
        var reader = new GraphqlReader(text, variables);
        reader.SkipHead();
        var fields = reader.ReadFields();
        reader.SkipSpace();
        return reader._at == text.Length
            ? fields
            : throw reader.Error("one operation only");
    }

    /// <summary>Steps over <c>query Name($a: T!, …)</c>: the types of variables do not matter here.</summary>
    private void SkipHead()
    {
        SkipSpace();
        if (Peek() == '{')
        {
            return;
        }

        if (ReadName() != "query")
        {
            throw Error("only queries are supported");
        }

        while (_at < _text.Length && Peek() != '{')
        {
            if (Peek() == '@')
            {
                throw Error("directives are not supported");
            }

            if (Peek() == '(')
            {
                SkipTo(')');
            }

            _at++;
            SkipSpace();
        }
    }

    private void SkipTo(char end)
    {
        while (_at < _text.Length && Peek() != end)
        {
            _at++;
        }
    }

    private List<GraphqlField> ReadFields()
    {
        Expect('{');
        Enter();
        var fields = new List<GraphqlField>();
        while (!TryTake('}'))
        {
            fields.Add(ReadField());
        }

        _depth--;
        return fields;
    }

    private GraphqlField ReadField()
    {
        if (Peek() == '.')
        {
            throw Error("fragments are not supported");
        }

        var key = ReadName();
        var name = TryTake(':') ? ReadName() : key;
        var arguments = new JsonObject();
        if (TryTake('('))
        {
            while (!TryTake(')'))
            {
                ReadMember(arguments);
            }
        }

        SkipSpace();
        var fields = _at < _text.Length && Peek() == '{' ? ReadFields() : [];
        return new GraphqlField(key, name, arguments, fields);
    }

    private void ReadMember(JsonObject target)
    {
        var name = ReadName();
        Expect(':');
        target[name] = ReadValue();
    }

    private JsonNode? ReadValue()
    {
        SkipSpace();
        switch (Peek())
        {
            case '$':
                _at++;
                return _variables[ReadName()]?.DeepClone();
            case '"':
                return JsonValue.Create(ReadString());
            case '[':
                return ReadList();
            case '{':
                return ReadObject();
            case '-' or (>= '0' and <= '9'):
                return ReadNumber();
            default:
                return ReadName() switch
                {
                    "true" => JsonValue.Create(value: true),
                    "false" => JsonValue.Create(value: false),
                    "null" => null,
                    var symbol => JsonValue.Create(symbol),
                };
        }
    }

    private JsonArray ReadList()
    {
        Expect('[');
        Enter();
        var list = new JsonArray();
        while (!TryTake(']'))
        {
            list.Add(ReadValue());
        }

        _depth--;
        return list;
    }

    private JsonObject ReadObject()
    {
        Expect('{');
        Enter();
        var members = new JsonObject();
        while (!TryTake('}'))
        {
            ReadMember(members);
        }

        _depth--;
        return members;
    }

    private JsonValue ReadNumber()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '-' or '+' or '.'))
        {
            _at++;
        }

        return double.TryParse(_text.AsSpan(start, _at - start), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? JsonValue.Create(value)
            : throw Error("a number is not valid");
    }

    private string ReadString()
    {
        Expect('"');
        var text = new StringBuilder();
        while (Peek() != '"')
        {
            if (_text[_at] == '\\')
            {
                _at++;
                text.Append(Peek() is '"' or '\\' or '/' ? _text[_at] : throw Error("an escape is not supported"));
            }
            else
            {
                text.Append(_text[_at]);
            }

            _at++;
        }

        _at++;
        return text.ToString();
    }

    private string ReadName()
    {
        SkipSpace();
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] == '_'))
        {
            _at++;
        }

        return _at > start ? _text[start.._at] : throw Error("a name is expected");
    }

    private void Expect(char symbol)
    {
        if (!TryTake(symbol))
        {
            throw Error($"'{symbol}' is expected");
        }
    }

    private bool TryTake(char symbol)
    {
        SkipSpace();
        if (Peek() != symbol)
        {
            return false;
        }

        _at++;
        return true;
    }

    private char Peek() => _at < _text.Length ? _text[_at] : throw Error("the text ends too early");

    /// <summary>Commas are space in GraphQL.</summary>
    private void SkipSpace()
    {
        while (_at < _text.Length && (char.IsWhiteSpace(_text[_at]) || _text[_at] is ',' or '#' or '\uFEFF'))
        {
            if (_text[_at] == '#')
            {
                SkipTo('\n');
                continue;
            }

            _at++;
        }
    }

    private void Enter()
    {
        if (++_depth > DepthMax)
        {
            throw Error($"more than {DepthMax} levels");
        }
    }

    private GraphqlException Error(string what) => new($"The query cannot be read: {what} (character {_at + 1})");
}
