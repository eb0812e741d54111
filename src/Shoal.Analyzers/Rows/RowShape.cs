using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Shoal.Analyzers.Rows;

/// <summary>Reads what a type marked ShoalRow is made of, by the rules of Shoal.Client's mapper without generated code.</summary>
internal static class RowShape
{
    /// <summary>The attribute's full name.</summary>
    public const string Attribute = "Shoal.Client.Rows.ShoalRowAttribute";

    /// <summary>The model, or what is wrong: the rest of a sentence.</summary>
    public static (RowModel? Model, string? Problem) Read(INamedTypeSymbol type)
    {
        if (OfType(type) is { } problem)
        {
            return (null, problem);
        }

        var constructors = type.InstanceConstructors.Where(static one => one.DeclaredAccessibility == Accessibility.Public).ToArray();
        var fitting = constructors.Where(static one => one.Parameters.All(static p => Member(p.Name, p.Type) is not null)).ToArray();
        var longest = fitting.OrderByDescending(static one => one.Parameters.Length).FirstOrDefault();
        var required = RequiredMembers(type);
        if (longest is { Parameters.Length: > 0 })
        {
            return required.Length > 0
                && !longest.GetAttributes().Any(static one => one.AttributeClass?.Name == "SetsRequiredMembersAttribute")
                ? (null, $"its constructor does not set the required member '{required[0].Name}'")
                : (Model(type, longest.Parameters.Select(static p => Member(p.Name, p.Type)!.Value), byConstructor: true), null);
        }

        if (longest is null && constructors.OrderByDescending(static one => one.Parameters.Length).FirstOrDefault() is { } unfit)
        {
            var parameter = unfit.Parameters.First(static p => Member(p.Name, p.Type) is null);
            return (null, $"no column fits its parameter '{parameter.Name}' of type '{parameter.Type.ToDisplayString()}'");
        }

        var properties = Properties(type).Where(static one => Member(one.Name, one.Type) is not null).ToArray();
        if (required.FirstOrDefault(one => !properties.Contains(one, SymbolEqualityComparer.Default)) is { } missing)
        {
            return (null, $"no column fits its required member '{missing.Name}'");
        }

        return longest is null || properties.Length == 0
            ? (null, "it has no public constructor and no settable property that a column fits")
            : (Model(type, properties.Select(static one => Member(one.Name, one.Type)!.Value), byConstructor: false), null);
    }

    private static string? OfType(INamedTypeSymbol type)
    {
        if (type.IsAbstract || type.IsStatic)
        {
            return type.IsStatic ? "it is static" : "it is abstract";
        }

        if (type.IsRefLikeType)
        {
            return "it is a ref struct";
        }

        for (var one = type; one is not null; one = one.ContainingType)
        {
            var what = SymbolEqualityComparer.Default.Equals(one, type) ? "it" : $"the type '{one.Name}' around it";
            if (one.Arity > 0)
            {
                return what + " is generic";
            }

            if (one.IsFileLocal)
            {
                return what + " is local to its file";
            }

            if (!one.DeclaringSyntaxReferences.All(static reference =>
                reference.GetSyntax() is TypeDeclarationSyntax declaration && declaration.Modifiers.Any(SyntaxKind.PartialKeyword)))
            {
                return what + " is not partial";
            }
        }

        return null;
    }

    private static RowModel Model(INamedTypeSymbol type, IEnumerable<RowMember> members, bool byConstructor)
    {
        var types = new List<INamedTypeSymbol>();
        for (var one = type; one is not null; one = one.ContainingType)
        {
            types.Insert(0, one);
        }

        return new RowModel(type.ContainingNamespace.IsGlobalNamespace ? "" : type.ContainingNamespace.ToDisplayString(),
            new EquatableArray<string>(types.Select(static one => $"{Keyword(one)} @{one.Name}")),
            new EquatableArray<string>(types.Select(static one => one.Name)), new EquatableArray<RowMember>(members), byConstructor);
    }

    private static string Keyword(INamedTypeSymbol type) => (type.TypeKind, type.IsRecord) switch
    {
        (TypeKind.Struct, true) => "record struct",
        (TypeKind.Struct, false) => "struct",
        (TypeKind.Interface, _) => "interface",
        (_, true) => "record",
        _ => "class",
    };

    private static IEnumerable<IPropertySymbol> Properties(INamedTypeSymbol type)
    {
        var seen = new HashSet<string>();
        for (var one = type; one is { SpecialType: SpecialType.None }; one = one.BaseType)
        {
            foreach (var property in one.GetMembers().OfType<IPropertySymbol>())
            {
                // What the generated code may set: all of its own, and what bases let everybody set.
                if (property is { IsStatic: false, IsIndexer: false, DeclaredAccessibility: Accessibility.Public, SetMethod: { } setter }
                    && (SymbolEqualityComparer.Default.Equals(one, type) || setter.DeclaredAccessibility == Accessibility.Public)
                    && seen.Add(property.Name))
                {
                    yield return property;
                }
            }
        }
    }

    private static ImmutableArray<ISymbol> RequiredMembers(INamedTypeSymbol type)
    {
        var required = ImmutableArray.CreateBuilder<ISymbol>();
        for (var one = type; one is not null; one = one.BaseType)
        {
            required.AddRange(one.GetMembers().Where(static member =>
                member is IPropertySymbol { IsRequired: true } or IFieldSymbol { IsRequired: true }));
        }

        return required.ToImmutable();
    }

    /// <summary>Null for a type that no column has.</summary>
    private static RowMember? Member(string name, ITypeSymbol type)
    {
        var plain = type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable
            ? nullable.TypeArguments[0] : type;
        var isNullable = !type.IsValueType || !SymbolEqualityComparer.Default.Equals(plain, type);
        var full = type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);
        var cast = plain.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);
        (string Getter, bool IsCast)? read = plain.TypeKind == TypeKind.Enum ? ("GetInt64", true) : plain.SpecialType switch
        {
            SpecialType.System_Byte or SpecialType.System_SByte or SpecialType.System_Int16 or SpecialType.System_UInt16
                or SpecialType.System_UInt32 => ("GetInt64", true),
            SpecialType.System_Int64 => ("GetInt64", false),
            SpecialType.System_Int32 => ("GetInt32", false),
            SpecialType.System_Double => ("GetDouble", false),
            SpecialType.System_Single => ("GetDouble", true),
            SpecialType.System_Boolean => ("GetBoolean", false),
            SpecialType.System_String => ("GetString", false),
            SpecialType.System_Decimal => ("GetDecimal", false),
            SpecialType.System_Object => ("GetValue", false),
            _ when plain is IArrayTypeSymbol { Rank: 1, ElementType.SpecialType: SpecialType.System_Byte } => ("GetBlob", false),
            _ when cast == "global::System.Guid" => ("GetGuid", false),
            _ when cast == "global::System.DateTimeOffset" => ("GetDateTimeOffset", false),
            _ => null,
        };
        return read is { } found ? new RowMember(name, full, found.Getter, found.IsCast ? cast : "", isNullable) : null;
    }
}
