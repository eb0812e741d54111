using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Shoal.Analyzers.Writes;

/// <summary>The calls that write, of those libraries that a compilation knows.</summary>
internal sealed class WriteApis
{
    private const string StatementName = "Shoal.Client.D1.Statement";

    private readonly INamedTypeSymbol? _statement;
    private readonly INamedTypeSymbol? _command;
    private readonly INamedTypeSymbol? _commandInterface;
    private readonly INamedTypeSymbol? _dapper;
    private readonly INamedTypeSymbol? _context;

    private WriteApis(Compilation compilation)
    {
        _statement = compilation.GetTypeByMetadataName(StatementName);
        _command = compilation.GetTypeByMetadataName("System.Data.Common.DbCommand");
        _commandInterface = compilation.GetTypeByMetadataName("System.Data.IDbCommand");
        _dapper = compilation.GetTypeByMetadataName("Dapper.SqlMapper");
        _context = compilation.GetTypeByMetadataName("Microsoft.EntityFrameworkCore.DbContext");
    }

    /// <summary>Null where there is nothing that could write.</summary>
    public static WriteApis? Of(Compilation compilation)
    {
        var apis = new WriteApis(compilation);
        return apis._statement is null && apis._command is null && apis._dapper is null && apis._context is null ? null : apis;
    }

    /// <summary>Whose call it is, if it is one that may write.</summary>
    public WriteKind? Kind(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        return method.Name switch
        {
            "RunAsync" when SymbolEqualityComparer.Default.Equals(method.ContainingType, _statement) => WriteKind.Statement,
            "ExecuteNonQuery" or "ExecuteNonQueryAsync" when call.Instance?.Type is { } type
                && (type.Inherits(_command) || type.IsOrImplements(_commandInterface)) => WriteKind.Command,
            "Execute" or "ExecuteAsync" when SymbolEqualityComparer.Default.Equals(method.ContainingType, _dapper) => WriteKind.Dapper,
            "SaveChanges" or "SaveChangesAsync" when call.Instance?.Type.Inherits(_context) == true => WriteKind.SaveChanges,
            _ => null,
        };
    }

    /// <summary>Whether each turn writes a row, as far as the SQL is to be seen.</summary>
    public static bool WritesOneRow(IInvocationOperation call, WriteKind kind, IOperation repetition) => kind switch
    {
        WriteKind.Statement => StatementEffect(call.Instance, repetition),
        WriteKind.Command => CommandEffect(call),
        WriteKind.Dapper => DapperEffect(call),
        _ => SqlEffect.OneRow,
    } is SqlEffect.OneRow or SqlEffect.Unknown;

    /// <summary>The statement's <c>Prepare</c>; null when it is not to be seen.</summary>
    public static IInvocationOperation? Prepare(IOperation? statement)
    {
        for (var depth = 0; statement is not null && depth < 20; depth++)
        {
            if (statement.Source() is not IInvocationOperation call)
            {
                return null;
            }

            if (call.TargetMethod.Name == "Prepare")
            {
                return call;
            }

            statement = call.TargetMethod.ContainingType.ToDisplayString() == StatementName ? call.Instance : null;
        }

        return null;
    }

    private static SqlEffect StatementEffect(IOperation? statement, IOperation repetition)
    {
        if (Prepare(statement) is not { Arguments.Length: 1 } prepare)
        {
            return SqlEffect.Unknown;
        }

        // A database of its own for each row is no batch of one database.
        return IsDatabaseOfRow(prepare.Instance?.Plain(), repetition) ? SqlEffect.ManyRows
            : Effect(prepare.Arguments[0].Value);
    }

    private static bool IsDatabaseOfRow(IOperation? database, IOperation repetition) => database switch
    {
        IInvocationOperation => repetition.Descendants().Contains(database),
        ILocalReferenceOperation local => repetition.Descendants().OfType<IVariableDeclaratorOperation>()
            .Any(declarator => SymbolEqualityComparer.Default.Equals(declarator.Symbol, local.Local)),
        IParameterReferenceOperation { Parameter.ContainingSymbol: IMethodSymbol { MethodKind: MethodKind.AnonymousFunction } } =>
            repetition is IInvocationOperation,
        _ => false,
    };

    private static SqlEffect CommandEffect(IInvocationOperation call)
    {
        if (call.Instance?.Plain() is not ILocalReferenceOperation local)
        {
            return SqlEffect.Unknown;
        }

        var texts = new List<SqlEffect>();
        foreach (var operation in local.Root().Descendants())
        {
            if (operation is ISimpleAssignmentOperation assignment
                && assignment.Target is IPropertyReferenceOperation { Property.Name: "CommandText" } target
                && (target.Instance is IInstanceReferenceOperation or null || IsSame(target.Instance, local.Local)))
            {
                texts.Add(Effect(assignment.Value));
            }
            else if (operation is IVariableDeclaratorOperation declarator
                && SymbolEqualityComparer.Default.Equals(declarator.Symbol, local.Local)
                && declarator.GetVariableInitializer()?.Value.Plain() is IObjectCreationOperation { Arguments.Length: > 0 } creation
                && creation.Arguments[0].Value is { } text && text.Type?.SpecialType == SpecialType.System_String)
            {
                texts.Add(Effect(text));
            }
        }

        return texts.Count == 0 || texts.Contains(SqlEffect.OneRow) ? SqlEffect.Unknown : texts[0];
    }

    private static bool IsSame(IOperation operation, ILocalSymbol local) =>
        operation.Plain() is ILocalReferenceOperation reference && SymbolEqualityComparer.Default.Equals(reference.Local, local);

    private static SqlEffect DapperEffect(IInvocationOperation call)
    {
        IOperation? sql = null;
        IOperation? parameters = null;
        foreach (var argument in call.Arguments)
        {
            switch (argument.Parameter?.Name)
            {
                case "sql":
                    sql = argument.Value;
                    break;
                case "param":
                    parameters = argument.Value;
                    break;
                case "command":
                    if (argument.Value.Source() is not IObjectCreationOperation { Arguments.Length: > 1 } creation)
                    {
                        return SqlEffect.ManyRows;
                    }

                    sql = creation.Arguments[0].Value;
                    parameters = creation.Arguments[1].Value;
                    break;
            }
        }

        // A list runs once per element too, but the loop around it is one over lists.
        return sql is null || parameters?.Plain().Type.IsManyRows() == true ? SqlEffect.ManyRows : Effect(sql);
    }

    private static SqlEffect Effect(IOperation sql)
    {
        var source = sql.Source();
        if (source.ConstantValue is { HasValue: true, Value: string text })
        {
            return SqlWords.Effect(text);
        }

        // A text that calls build (string.Join, a StringBuilder) is most likely one with many rows.
        return source.DescendantsAndSelf().Any(static one => one is IInvocationOperation) ? SqlEffect.ManyRows
            : source is IInterpolatedStringOperation { Parts.Length: > 0 } interpolated
                && interpolated.Parts[0] is IInterpolatedStringTextOperation { Text.ConstantValue.Value: string start }
                && SqlWords.Effect(start) == SqlEffect.NoRows ? SqlEffect.NoRows
            : SqlEffect.Unknown;
    }
}
