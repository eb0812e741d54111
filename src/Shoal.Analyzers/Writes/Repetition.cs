using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Shoal.Analyzers.Writes;

/// <summary>What makes a call run once per row: a loop, or a function that is called for each element.</summary>
/// <remarks>
/// Not taken for one, so that there are no false alarms: a loop over chunks, a loop that is left after the call (a retry), a loop
/// that waits between its turns (a poll), and a call that happens only every some turns.
/// </remarks>
internal sealed class Repetition
{
    private const int DepthMax = 20;

    private static readonly string[] ElementMethods = ["ForEach", "ForEachAsync", "ForAll", "ForAllAsync"];
    private static readonly string[] ChunkMethods = ["Chunk", "ChunkBy", "Batch", "Buffer", "GroupBy", "Window"];
    private static readonly string[] WaitMethods = ["Delay", "Sleep", "WaitForNextTickAsync"];
    private static readonly string[] RetryNames = ["attempt", "attempts", "retry", "retries", "tries"];

    private Repetition(string words, IOperation operation)
    {
        Words = words;
        Operation = operation;
    }

    /// <summary>For a message, with an article: <c>a foreach loop</c>.</summary>
    public string Words { get; }

    /// <summary>The loop, or the call that takes the function.</summary>
    public IOperation Operation { get; }

    /// <summary>The innermost one around a call; null when it runs once, or for many rows.</summary>
    public static Repetition? Around(IOperation call)
    {
        var leaves = false;
        for (IOperation child = call, parent = call.Parent!; parent is not null; child = parent, parent = parent.Parent!)
        {
            switch (parent)
            {
                case IReturnOperation:
                case IThrowOperation:
                    leaves = true;
                    break;
                case IBlockOperation block:
                    leaves |= block.Operations.SkipWhile(one => one != child).Skip(1).Any(Leaves);
                    break;
                case IConditionalOperation conditional when conditional.Condition == child:
                    leaves |= EndsByLeaving(conditional.WhenTrue);
                    break;
                case IConditionalOperation conditional when IsEverySome(conditional.Condition):
                    return null;
                case ILoopOperation loop when loop.Body == child:
                    var words = Loop(loop, leaves, out var isBatched);
                    if (words is not null || isBatched)
                    {
                        return isBatched ? null : new Repetition(words!, loop);
                    }

                    leaves = false;
                    break;
                case ILocalFunctionOperation:
                    return null;
                case IAnonymousFunctionOperation function:
                    if (Receiver(function) is not { } receiver)
                    {
                        return null;
                    }

                    leaves = false;
                    if (!RunsOnce(receiver))
                    {
                        return Function(function, receiver);
                    }

                    parent = receiver;
                    break;
            }
        }

        return null;
    }

    private static string? Loop(ILoopOperation loop, bool leaves, out bool isBatched)
    {
        isBatched = false;
        if (leaves)
        {
            return null;
        }

        switch (loop)
        {
            case IForEachLoopOperation each:
                isBatched = IsChunked(each.Collection) || ElementType(each).IsManyRows();
                return each.IsAsynchronous ? "an await foreach loop" : "a foreach loop";
            case IForLoopOperation counted:
                isBatched = counted.AtLoopBottom.Any(StepsByMany);
                return IsPaced(counted) || counted.Locals.Any(static local => IsRetryName(local.Name)) ? null : "a for loop";
            case IWhileLoopOperation conditional:
                return IsPaced(conditional) || Names(conditional.Condition).Any(IsRetryName) ? null
                    : conditional.ConditionIsTop ? "a while loop" : "a do loop";
            default:
                return null;
        }
    }

    private static Repetition? Function(IAnonymousFunctionOperation function, IInvocationOperation call)
    {
        var method = call.TargetMethod;
        var isParallel = method.ContainingType.Name == "Parallel";
        var isSelect = method.Name is "Select" or "SelectMany" or "SelectAwait"
            && method.ContainingNamespace.ToDisplayString().StartsWith("System.Linq", StringComparison.Ordinal);
        if (!(isParallel && method.Name is "For" or "ForAsync") && !isSelect && !ElementMethods.Contains(method.Name))
        {
            return null;
        }

        if (function.Symbol.Parameters.Length == 0 || function.Symbol.Parameters[0].Type.IsManyRows()
            || (call.Instance ?? call.Arguments.FirstOrDefault()?.Value) is { } source && IsChunked(source))
        {
            return null;
        }

        return new Repetition(isParallel ? $"Parallel.{method.Name}" : isSelect ? "a Select" : $"a {method.Name}", call);
    }

    /// <summary>The call that a function is an argument of; null when it is kept for later.</summary>
    private static IInvocationOperation? Receiver(IAnonymousFunctionOperation function)
    {
        var parent = function.Parent;
        while (parent is IDelegateCreationOperation or IConversionOperation or IArgumentOperation)
        {
            parent = parent.Parent;
        }

        return parent as IInvocationOperation;
    }

    /// <summary>Such a call runs its function where it stands.</summary>
    private static bool RunsOnce(IInvocationOperation call) => call.TargetMethod.ContainingType.Name is "Task" or "TaskFactory"
        || call.TargetMethod.ContainingNamespace.ToDisplayString().StartsWith("Polly", StringComparison.Ordinal);

    private static bool IsChunked(IOperation collection)
    {
        // Code that is being written may define a variable by itself.
        var source = collection.Source();
        for (var depth = 0; depth < DepthMax && source is IInvocationOperation call; depth++)
        {
            if (ChunkMethods.Contains(call.TargetMethod.Name))
            {
                return true;
            }

            // What stands before a Select or a Where says nothing about its elements; what is passed on does.
            if (call.TargetMethod.Name is not ("AsEnumerable" or "ToAsyncEnumerable" or "ToList" or "ToArray" or "WithCancellation"
                or "ConfigureAwait" or "AsParallel") || (call.Instance ?? call.Arguments.FirstOrDefault()?.Value) is not { } inner)
            {
                return false;
            }

            source = inner.Source();
        }

        return false;
    }

    private static ITypeSymbol? ElementType(IForEachLoopOperation each) => each.LoopControlVariable switch
    {
        IVariableDeclaratorOperation declarator => declarator.Symbol.Type,
        _ => null,
    };

    private static bool StepsByMany(IOperation step) => step is IExpressionStatementOperation
    {
        Operation: ICompoundAssignmentOperation { Value: var value },
    } && value.Plain().ConstantValue is not { HasValue: true, Value: 1 or -1 };

    private static bool IsPaced(ILoopOperation loop) => loop.OwnDescendants().OfType<IInvocationOperation>()
        .Any(static call => WaitMethods.Contains(call.TargetMethod.Name));

    private static bool Leaves(IOperation operation) =>
        operation is IReturnOperation or IBranchOperation { BranchKind: BranchKind.Break or BranchKind.GoTo }
        || operation is IExpressionStatementOperation { Operation: IThrowOperation };

    private static bool EndsByLeaving(IOperation? operation) => operation switch
    {
        null => false,
        IBlockOperation block => block.Operations.Any(Leaves),
        _ => Leaves(operation),
    };

    /// <summary>A condition such as <c>i % 100 == 0</c> or <c>rows.Count &gt;= max</c>.</summary>
    private static bool IsEverySome(IOperation condition) => condition.DescendantsAndSelf().OfType<IBinaryOperation>()
        .Any(static binary => binary.OperatorKind switch
        {
            BinaryOperatorKind.Remainder => true,
            BinaryOperatorKind.GreaterThanOrEqual or BinaryOperatorKind.GreaterThan =>
                IsCount(binary.LeftOperand) && (Many(binary.RightOperand) is null or >= 2),
            BinaryOperatorKind.Equals => IsCount(binary.LeftOperand) && Many(binary.RightOperand) is >= 10,
            _ => false,
        });

    /// <summary>A constant's value; null for what is not known here.</summary>
    private static int? Many(IOperation operation) =>
        operation.Plain().ConstantValue is { HasValue: true, Value: int value } ? value : null;

    private static bool IsCount(IOperation operation) => operation.Plain() switch
    {
        IPropertyReferenceOperation { Property.Name: "Count" or "Length" } => true,
        IInvocationOperation { TargetMethod.Name: "Count" } => true,
        IIncrementOrDecrementOperation => true,
        ILocalReferenceOperation { Local.Type.SpecialType: SpecialType.System_Int32 or SpecialType.System_Int64 } => true,
        IFieldReferenceOperation { Field.Type.SpecialType: SpecialType.System_Int32 or SpecialType.System_Int64 } => true,
        _ => false,
    };

    private static IEnumerable<string> Names(IOperation? operation) => operation is null ? []
        : operation.DescendantsAndSelf().Select(static one => one switch
        {
            ILocalReferenceOperation local => local.Local.Name,
            IParameterReferenceOperation parameter => parameter.Parameter.Name,
            _ => "",
        });

    private static bool IsRetryName(string name) => RetryNames.Contains(name, StringComparer.OrdinalIgnoreCase);
}
