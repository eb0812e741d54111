using Shoal.Items.Expressions;
using Shoal.Items.Values;

namespace Shoal.Items.Partiql;

/// <summary>Parses PartiQL as DynamoDB understands it: SELECT, INSERT, UPDATE, DELETE, and EXISTS in transactions.</summary>
/// <remarks>Recursive descent. Source: the developer guide's "PartiQL reference", and what conformance suites expect.</remarks>
internal sealed class PartiqlParser
{
    private const string Aliasing = "Aliasing is not supported";

    private readonly PartiqlReader _reader;
    private readonly PartiqlValues _values;
    private readonly PartiqlConditions _conditions;

    private PartiqlParser(string text, IReadOnlyList<AttributeValue> parameters)
    {
        _reader = new PartiqlReader(text);
        _values = new PartiqlValues(_reader, parameters);
        _conditions = new PartiqlConditions(_reader, _values);
    }

    /// <summary>A statement with the values of its <c>?</c>, in their order.</summary>
    /// <exception cref="ItemException">It is no valid statement.</exception>
    public static PartiqlStatement Parse(string text, IReadOnlyList<AttributeValue> parameters)
    {
        var parser = new PartiqlParser(text, parameters);
        var statement = parser.ReadStatement();
        parser._reader.ExpectEnd();
        parser._values.CheckAllUsed();
        return statement;
    }

    private PartiqlStatement ReadStatement()
    {
        if (_reader.TryTakeWord("SELECT"))
        {
            return ReadSelect();
        }

        if (_reader.TryTakeWord("INSERT"))
        {
            return ReadInsert();
        }

        if (_reader.TryTakeWord("UPDATE"))
        {
            var (table, index) = ReadSource();
            var update = new PartiqlUpdates(_reader, _values).Read();
            return ReadEndOfUpdate(table, index, ReadWhere(), update);
        }

        if (_reader.TryTakeWord("FROM"))
        {
            var (table, index) = ReadSource();
            var where = ReadWhere();
            return ReadEndOfUpdate(table, index, where, new PartiqlUpdates(_reader, _values).Read());
        }

        if (_reader.TryTakeWord("DELETE"))
        {
            return ReadDelete();
        }

        if (_reader.Current.IsWord("EXISTS") && _reader.Next.Is("("))
        {
            _reader.Take();
            _reader.Take();
            _reader.ExpectWord("SELECT");
            var select = ReadSelect();
            _reader.Expect(")", "RIGHT_PAREN");
            return select with { Kind = PartiqlStatementKind.Exists };
        }

        throw PartiqlReader.Malformed("Expected data manipulation");
    }

    private PartiqlStatement ReadSelect()
    {
        List<DocumentPath>? columns = null;
        if (!_reader.TryTake("*"))
        {
            columns = [];
            do
            {
                columns.Add(ReadColumn());
            }
            while (_reader.TryTake(","));
        }

        _reader.ExpectWord("FROM");
        var (table, index) = ReadSource();
        var where = ReadWhere();
        var order = new List<(string, bool)>();
        if (_reader.TryTakeWord("ORDER"))
        {
            _reader.ExpectWord("BY");
            do
            {
                var name = PartiqlPaths.Read(_reader);
                var descending = _reader.TryTakeWord("DESC");
                if (!descending)
                {
                    _reader.TryTakeWord("ASC");
                }

                order.Add((name.Head, descending));
            }
            while (_reader.TryTake(","));
        }

        return new PartiqlStatement
        {
            Kind = PartiqlStatementKind.Select,
            Table = table,
            Index = index,
            Columns = columns,
            Where = where,
            Order = order,
        };
    }

    private DocumentPath ReadColumn()
    {
        var token = _reader.Current;
        if (token.Kind is not (PartiqlTokenKind.Word or PartiqlTokenKind.Name) || _reader.Next.Is("("))
        {
            throw ItemException.Validation($"Unexpected path component at {_reader.PlaceOf(token)}");
        }

        var path = PartiqlPaths.Read(_reader);
        return _reader.Current.IsWord("AS") ? throw ItemException.Validation(Aliasing) : path;
    }

    private PartiqlStatement ReadInsert()
    {
        _reader.ExpectWord("INTO");
        var (table, index) = ReadSource(mayBeAliased: false);
        if (!_reader.TryTakeWord("VALUE"))
        {
            throw PartiqlReader.Malformed("Unexpected token after expression");
        }

        if (index is not null)
        {
            throw OnIndex();
        }

        var item = _values.Read();
        return item.Type != AttributeType.M
            ? throw ItemException.Validation("Unsupported operation: Inserting multiple items in a single statement is not supported, "
                + "use \"INSERT INTO tableName VALUE item\" instead")
            : new PartiqlStatement { Kind = PartiqlStatementKind.Insert, Table = table, Item = item.AsMap };
    }

    private PartiqlStatement ReadEndOfUpdate(string table, string? index, ExpressionNode? where, UpdateExpression update)
    {
        var (returning, _) = ReadReturning();
        return index is not null ? throw OnIndex() : new PartiqlStatement
        {
            Kind = PartiqlStatementKind.Update,
            Table = table,
            Where = where,
            Update = update,
            Returning = returning,
        };
    }

    private PartiqlStatement ReadDelete()
    {
        _reader.ExpectWord("FROM");
        var (table, index) = ReadSource();
        var where = ReadWhere();
        var (returning, text) = ReadReturning();
        if (returning is not (PartiqlReturning.None or PartiqlReturning.AllOld))
        {
            throw ItemException.Validation(
                $"Invalid returning clause: {text}. Only RETURNING ALL OLD * is allowed in DELETE statements.");
        }

        return index is not null ? throw OnIndex()
            : new PartiqlStatement { Kind = PartiqlStatementKind.Delete, Table = table, Where = where, Returning = returning };
    }

    private ExpressionNode? ReadWhere() => _reader.TryTakeWord("WHERE") ? _conditions.Read() : null;

    /// <summary>A table, and an index of it where one is named.</summary>
    private (string Table, string? Index) ReadSource(bool mayBeAliased = true)
    {
        var table = _reader.ExpectName("a table").Text;
        var index = _reader.TryTake(".") ? _reader.ExpectName("an index").Text : null;
        var next = _reader.Current;
        string[] followers = ["WHERE", "SET", "REMOVE", "ORDER", "RETURNING"];
        var isAlias = next.Kind == PartiqlTokenKind.Name
            || (next.Kind == PartiqlTokenKind.Word && !Array.Exists(followers, next.IsWord));
        return mayBeAliased && isAlias ? throw ItemException.Validation(Aliasing) : (table, index);
    }

    private (PartiqlReturning Returning, string Text) ReadReturning()
    {
        if (!_reader.TryTakeWord("RETURNING"))
        {
            return (PartiqlReturning.None, "");
        }

        var isAll = _reader.TryTakeWord("ALL");
        if (!isAll)
        {
            _reader.ExpectWord("MODIFIED");
        }

        var isOld = _reader.TryTakeWord("OLD");
        if (!isOld)
        {
            _reader.ExpectWord("NEW");
        }

        _reader.Expect("*", "STAR");
        var returning = isOld ? isAll ? PartiqlReturning.AllOld : PartiqlReturning.ModifiedOld
            : isAll ? PartiqlReturning.AllNew : PartiqlReturning.ModifiedNew;
        return (returning, $"RETURNING {(isAll ? "ALL" : "MODIFIED")} {(isOld ? "OLD" : "NEW")} *");
    }

    private static ItemException OnIndex() => ItemException.Validation("This operation is not supported on an index");
}
