using Shoal.Client.D1;

namespace Shoal.Client.Ado;

/// <summary>A statement with its values, ready to run.</summary>
internal readonly record struct BoundStatement(StatementText Text, SqlValue[] Values)
{
    /// <summary>The statements of a text with the values of a command's parameters.</summary>
    /// <exception cref="InvalidOperationException">There is no SQL, or a parameter has no value.</exception>
    public static BoundStatement[] Of(string text, ShoalParameterCollection parameters)
    {
        var parsed = CommandParser.Parse(text);
        if (parsed.Length == 0)
        {
            throw new InvalidOperationException("the command has no SQL; set CommandText");
        }

        return [.. parsed.Select(one => new BoundStatement(one.Text, [.. one.Parameters.Select(parameters.ValueOf)]))];
    }
}
