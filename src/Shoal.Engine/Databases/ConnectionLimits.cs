using Shoal.Protocol;
using Shoal.Sqlite.Connections;

namespace Shoal.Engine.Databases;

/// <summary>Puts a set of limits on a connection.</summary>
internal static class ConnectionLimits
{
    public static void Apply(SqliteConnection connection, SqlLimits limits)
    {
        connection.SetLimit(SqliteLimit.Length, limits.ValueBytesMax);
        connection.SetLimit(SqliteLimit.SqlLength, limits.SqlBytesMax);
        connection.SetLimit(SqliteLimit.Columns, limits.ColumnsMax);
        connection.SetLimit(SqliteLimit.ExpressionDepth, limits.ExpressionDepthMax);
        connection.SetLimit(SqliteLimit.CompoundSelect, limits.CompoundSelectTermsMax);
        connection.SetLimit(SqliteLimit.VdbeOps, limits.VdbeOpsMax);
        connection.SetLimit(SqliteLimit.FunctionArguments, limits.FunctionArgumentsMax);
        connection.SetLimit(SqliteLimit.LikePatternLength, limits.LikePatternBytesMax);
        connection.SetLimit(SqliteLimit.VariableNumber, limits.ParametersMax);
        connection.SetLimit(SqliteLimit.TriggerDepth, limits.TriggerDepthMax);
    }
}
