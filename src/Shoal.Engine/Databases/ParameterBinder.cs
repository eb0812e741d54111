using Shoal.Engine.Requests;
using Shoal.Sqlite;
using Shoal.Sqlite.Statements;

namespace Shoal.Engine.Databases;

/// <summary>Binds a request's values to a statement's parameters.</summary>
internal static class ParameterBinder
{
    /// <summary>Binds in order; stops at the first value that SQLite refuses, for example as too big.</summary>
    public static SqliteStatus Bind(SqliteStatement statement, ReadOnlySpan<SqlValue> parameters)
    {
        for (var index = 0; index < parameters.Length; index++)
        {
            ref readonly var value = ref parameters[index];
            var status = value.Kind switch
            {
                SqlValueKind.Null => statement.BindNull(index + 1),
                SqlValueKind.Integer => statement.BindInteger(index + 1, value.AsInteger),
                SqlValueKind.Real => statement.BindReal(index + 1, value.AsReal),
                SqlValueKind.Text => statement.BindText(index + 1, value.AsBytes.Span),
                SqlValueKind.Blob => statement.BindBlob(index + 1, value.AsBytes.Span),
            };
            if (!status.IsSuccess)
            {
                return status;
            }
        }

        return new SqliteStatus(SqliteStatus.Ok);
    }
}
