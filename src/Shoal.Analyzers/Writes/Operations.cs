using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Shoal.Analyzers.Writes;

/// <summary>Small questions about code as the compiler sees it.</summary>
internal static class Operations
{
    /// <summary>The operation without conversions around it.</summary>
    public static IOperation Plain(this IOperation operation)
    {
        while (operation is IConversionOperation or IParenthesizedOperation or IAwaitOperation)
        {
            operation = operation switch
            {
                IConversionOperation conversion => conversion.Operand,
                IAwaitOperation await => await.Operation,
                _ => ((IParenthesizedOperation)operation).Operand,
            };
        }

        return operation;
    }

    /// <summary>The body that an operation is in, up to the member or the top-level statements.</summary>
    public static IOperation Root(this IOperation operation)
    {
        while (operation.Parent is { } parent)
        {
            operation = parent;
        }

        return operation;
    }

    /// <summary>What a local variable was given at its declaration; null when that is not to be seen.</summary>
    public static IOperation? Initializer(this ILocalReferenceOperation reference) => reference.Root().Descendants()
        .OfType<IVariableDeclaratorOperation>()
        .FirstOrDefault(declarator => SymbolEqualityComparer.Default.Equals(declarator.Symbol, reference.Local))
        ?.GetVariableInitializer()?.Value.Plain();

    /// <summary>The operation, or what the local variable that it names was given.</summary>
    public static IOperation Source(this IOperation operation)
    {
        var plain = operation.Plain();
        return plain is ILocalReferenceOperation local && local.Initializer() is { } value ? value : plain;
    }

    public static bool Inherits(this ITypeSymbol? type, INamedTypeSymbol? ancestor)
    {
        for (; type is not null && ancestor is not null; type = type.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(type, ancestor))
            {
                return true;
            }
        }

        return false;
    }

    public static bool IsOrImplements(this ITypeSymbol? type, INamedTypeSymbol? wanted) => type is not null && wanted is not null
        && (SymbolEqualityComparer.Default.Equals(type, wanted)
            || type.AllInterfaces.Any(one => SymbolEqualityComparer.Default.Equals(one, wanted)));

    /// <summary>Several things of a kind; an array of texts or objects is taken for a row, and so is a dictionary.</summary>
    public static bool IsManyRows(this ITypeSymbol? type)
    {
        switch (type)
        {
            case null or { SpecialType: SpecialType.System_String }:
                return false;
            case IArrayTypeSymbol array:
                return array.ElementType.SpecialType is not (SpecialType.System_String or SpecialType.System_Object
                    or SpecialType.System_Byte) && array.ElementType.Name != "SqlValue";
            default:
                return type.AllInterfaces.Append(type).Any(one => one.OriginalDefinition.SpecialType
                        == SpecialType.System_Collections_Generic_IEnumerable_T)
                    && !type.AllInterfaces.Append(type).Any(static one => one.Name is "IDictionary" or "IReadOnlyDictionary" or "JsonNode");
        }
    }

    /// <summary>All operations inside, but not those of functions that stand inside.</summary>
    public static IEnumerable<IOperation> OwnDescendants(this IOperation operation)
    {
        foreach (var child in operation.ChildOperations)
        {
            if (child is IAnonymousFunctionOperation or ILocalFunctionOperation)
            {
                continue;
            }

            yield return child;
            foreach (var inner in child.OwnDescendants())
            {
                yield return inner;
            }
        }
    }
}
