using System.Globalization;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Partiql;

/// <summary>Reads values of a PartiQL statement: literals and parameters.</summary>
internal sealed class PartiqlValues(PartiqlReader reader, IReadOnlyList<AttributeValue> parameters)
{
    private const string Invalid = "One or more parameter values were invalid: ";

    private int _used;

    /// <summary>Whether a value begins here, rather than a path or a function.</summary>
    public bool IsAtValue => reader.Current.Kind is PartiqlTokenKind.Text or PartiqlTokenKind.Number
        || reader.Current.Is("?") || reader.Current.Is("[") || reader.Current.Is("{") || reader.Current.Is("<<")
        || reader.Current.IsWord("TRUE") || reader.Current.IsWord("FALSE") || reader.Current.IsWord("NULL")
        || ((reader.Current.Is("-") || reader.Current.Is("+")) && reader.Next.Kind == PartiqlTokenKind.Number);

    /// <summary>Passes when the statement has taken all parameters.</summary>
    public void CheckAllUsed()
    {
        if (_used != parameters.Count)
        {
            throw WrongCount();
        }
    }

    /// <summary>A value.</summary>
    /// <param name="path">Where it stands, as errors show it.</param>
    /// <exception cref="ItemException">There is none, or it is not valid.</exception>
    public AttributeValue Read(string path = "root")
    {
        var token = reader.Take();
        switch (token.Kind)
        {
            case PartiqlTokenKind.Text:
                return AttributeValue.Text(token.Text);
            case PartiqlTokenKind.Number:
                return ReadNumber(token.Text, path);
            case PartiqlTokenKind.Word when token.IsWord("TRUE"):
                return AttributeValue.True;
            case PartiqlTokenKind.Word when token.IsWord("FALSE"):
                return AttributeValue.False;
            case PartiqlTokenKind.Word when token.IsWord("NULL"):
                return AttributeValue.Null;
            case PartiqlTokenKind.Word when reader.Current.Is("("):
                throw ItemException.Validation(
                    $"Unsupported data type: {token.Text.ToLowerInvariant()} under key root at {reader.PlaceOf(token)}");
            case PartiqlTokenKind.Symbol:
                return ReadSymbol(token, path);
            default:
                throw PartiqlReader.Malformed("Unexpected term");
        }
    }

    private AttributeValue ReadSymbol(in PartiqlToken token, string path)
    {
        switch (token.Text)
        {
            case "?":
                return _used < parameters.Count ? parameters[_used++] : throw WrongCount();
            case "-" or "+" when reader.Current.Kind == PartiqlTokenKind.Number:
                return ReadNumber((token.Text == "-" ? "-" : "") + reader.Take().Text, path);
            case "[":
                return AttributeValue.List(ReadElements("]", "RIGHT_BRACKET", path));
            case "<<":
                return ReadSet(ReadElements(">>", "RIGHT_DOUBLE_ANGLE_BRACKET", path));
            case "{":
                return AttributeValue.Map(ReadMap(path));
            default:
                throw PartiqlReader.Malformed("Unexpected term");
        }
    }

    private List<AttributeValue> ReadElements(string end, string endName, string path)
    {
        var elements = new List<AttributeValue>();
        reader.Enter();
        if (!reader.TryTake(end))
        {
            do
            {
                elements.Add(Read(string.Create(CultureInfo.InvariantCulture, $"{path}[{elements.Count}]")));
            }
            while (reader.TryTake(","));
            reader.Expect(end, endName);
        }

        reader.Leave();
        return elements;
    }

    private Item ReadMap(string path)
    {
        var map = new Item();
        reader.Enter();
        if (!reader.TryTake("}"))
        {
            do
            {
                var name = reader.Take();
                if (name.Kind is not (PartiqlTokenKind.Text or PartiqlTokenKind.Name))
                {
                    throw PartiqlReader.Malformed("Unexpected term");
                }

                reader.Expect(":", "COLON");
                map[name.Text] = Read($"{path}.{name.Text}");
            }
            while (reader.TryTake(","));
            reader.Expect("}", "RIGHT_CURLY");
        }

        reader.Leave();
        return map;
    }

    private static AttributeValue ReadSet(List<AttributeValue> members)
    {
        if (members.Count == 0)
        {
            throw ItemException.Validation("Empty bags are not supported");
        }

        if (members.Exists(member => member.Type != members[0].Type))
        {
            throw ItemException.Validation("Only a single type of elements is allowed in a bag");
        }

        if (members.Distinct().Count() != members.Count)
        {
            throw ItemException.Validation($"{Invalid}Input collection [{string.Join(", ", members)}] contains duplicates.");
        }

        return members[0].Type switch
        {
            AttributeType.S => AttributeValue.TextSet(members.ConvertAll(static member => member.AsText)),
            AttributeType.N => AttributeValue.NumberSet(members.ConvertAll(static member => member.AsNumber)),
            AttributeType.B => AttributeValue.BytesSet(members.ConvertAll(static member => member.AsBytes)),
            _ => throw ItemException.Validation($"Unsupported type of elements in a bag: {members[0].Type}"),
        };
    }

    private static AttributeValue ReadNumber(string text, string path)
    {
        CheckScale(text);
        var status = ItemNumber.TryParse(text, out var number);
        return status == NumberStatus.Ok ? AttributeValue.Number(number)
            : throw ItemException.Validation($"{ItemRules.DescribeNumber(status, text)} under {path}");
    }

    /// <summary>Passes when exponent and scale are 32-bit integers, which DynamoDB's parser reads them as.</summary>
    private static void CheckScale(string text)
    {
        var exponentAt = text.AsSpan().IndexOfAny('e', 'E');
        if (exponentAt < 0)
        {
            return;
        }

        var point = text.IndexOf('.', StringComparison.Ordinal);
        var decimals = point < 0 ? 0 : exponentAt - point - 1;
        if (!int.TryParse(text.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent)
            || (long)decimals - exponent is < int.MinValue or > int.MaxValue)
        {
            throw PartiqlReader.Malformed("");
        }
    }

    private static ItemException WrongCount() =>
        ItemException.Validation("Number of parameters in request and statement don't match.");
}
