using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Shoal.Client.Rows;

/// <summary>Makes objects of rows by name of column. What is compiled once per type is kept; a row costs no reflection.</summary>
/// <remarks>
/// A type marked <see cref="ShoalRowAttribute"/> has a mapper from build time, by the same rules; others get one at their first use.
/// A scalar takes the first column, a tuple the columns in their order. A type with a constructor that has parameters (a
/// record) takes the longest one, any other its settable properties. Names are compared without regard to case and
/// underscores. What a result lacks stays at its default.
/// Thread: safe.
/// </remarks>
internal static class RowMapper<T>
{
    private static readonly MethodInfo IsNull = typeof(RowReader).GetMethod(nameof(RowReader.IsNull))!;
    private static readonly Lazy<Compiled> Shared = new(Find);
    private static Compiled? _generated;

    /// <summary>The mapper for a result with these columns.</summary>
    public static Func<RowReader, T> For(IReadOnlyList<string> columns)
    {
        var compiled = Shared.Value;
        var ordinals = new int[compiled.Names.Length];
        for (var index = 0; index < ordinals.Length; index++)
        {
            ordinals[index] = compiled.ByPosition ? index : Find(columns, compiled.Names[index]);
        }

        if (!compiled.ByPosition && columns.Count > 0 && Array.TrueForAll(ordinals, static ordinal => ordinal < 0))
        {
            throw new InvalidCastException($"no column of the result ({string.Join(", ", columns)}) has the name of a parameter or "
                + $"property of {typeof(T)}");
        }

        return row => compiled.Map(row, ordinals);
    }

    /// <summary>Whether the mapper is from build time.</summary>
    public static bool IsGenerated => ReferenceEquals(Shared.Value, Volatile.Read(ref _generated));

    /// <summary>Takes a mapper from build time.</summary>
    public static void Use(string[] names, Func<RowReader, int[], T> map) =>
        Volatile.Write(ref _generated, new Compiled(map, [.. names.Select(Plain)], ByPosition: false));

    private static Compiled Find()
    {
        // Generated mappers announce themselves when their module starts, and it may not have: nothing of it ran yet.
        RuntimeHelpers.RunModuleConstructor(typeof(T).Module.ModuleHandle);
        return Volatile.Read(ref _generated) ?? Compile();
    }

    /// <summary>The mapper without what was generated, to compare.</summary>
    internal static Func<RowReader, int[], T> CompileMap() => Compile().Map;

    private static int Find(IReadOnlyList<string> columns, string name)
    {
        for (var index = 0; index < columns.Count; index++)
        {
            if (string.Equals(Plain(columns[index]), name, StringComparison.OrdinalIgnoreCase))
            {
                return index;
            }
        }

        return -1;
    }

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal);

    private static Compiled Compile()
    {
        var row = Expression.Parameter(typeof(RowReader), "row");
        var ordinals = Expression.Parameter(typeof(int[]), "ordinals");
        var names = new List<string>();

        Expression Value(Type type, string name)
        {
            names.Add(Plain(name));
            var ordinal = Expression.ArrayIndex(ordinals, Expression.Constant(names.Count - 1));
            return Expression.Condition(Expression.LessThan(ordinal, Expression.Constant(0)), Expression.Default(type),
                Read(row, ordinal, type, name));
        }

        var isScalar = Getter(typeof(T)) is not null;
        var body = isScalar
            ? Value(typeof(T), "")
            : LongestConstructor() is { } constructor && constructor.GetParameters().Length > 0
                ? Expression.New(constructor, constructor.GetParameters().Select(p => Value(p.ParameterType, p.Name!)))
                : Initialized(Value);
        var map = Expression.Lambda<Func<RowReader, int[], T>>(body, row, ordinals).Compile();
        return new Compiled(map, [.. names], isScalar || typeof(ITuple).IsAssignableFrom(typeof(T)));
    }

    private static MemberInitExpression Initialized(Func<Type, string, Expression> value)
    {
        var properties = typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(static property => property.CanWrite && Getter(property.PropertyType) is not null).ToArray();
        return properties.Length > 0
            ? Expression.MemberInit(Expression.New(typeof(T)),
                properties.Select(property => Expression.Bind(property, value(property.PropertyType, property.Name))))
            : throw new NotSupportedException(
                $"{typeof(T)} has no constructor or property that a column fits; give a function that maps the row");
    }

    private static ConstructorInfo? LongestConstructor() => typeof(T).GetConstructors()
        .Where(static constructor => constructor.GetParameters().All(static p => Getter(p.ParameterType) is not null))
        .MaxBy(static constructor => constructor.GetParameters().Length);

    private static Expression Read(Expression row, Expression ordinal, Type type, string name)
    {
        var getter = Getter(type)
            ?? throw new NotSupportedException($"{typeof(T)}.{name} is a {type}, which no column has");
        Expression value = Expression.ConvertChecked(Expression.Call(row, getter, ordinal), type);
        if (!type.IsValueType || Nullable.GetUnderlyingType(type) is not null)
        {
            value = Expression.Condition(Expression.Call(row, IsNull, ordinal), Expression.Default(type), value);
        }

        return value;
    }

    private static MethodInfo? Getter(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain.IsEnum)
        {
            return Method(nameof(RowReader.GetInt64));
        }

        return Type.GetTypeCode(plain) switch
        {
            TypeCode.Byte or TypeCode.SByte or TypeCode.Int16 or TypeCode.UInt16 or TypeCode.UInt32 or TypeCode.Int64 =>
                Method(nameof(RowReader.GetInt64)),
            TypeCode.Int32 => Method(nameof(RowReader.GetInt32)),
            TypeCode.Double or TypeCode.Single => Method(nameof(RowReader.GetDouble)),
            TypeCode.Boolean => Method(nameof(RowReader.GetBoolean)),
            TypeCode.String => Method(nameof(RowReader.GetString)),
            TypeCode.Decimal => Method(nameof(RowReader.GetDecimal)),
            _ when plain == typeof(byte[]) => Method(nameof(RowReader.GetBlob)),
            _ when plain == typeof(Guid) => Method(nameof(RowReader.GetGuid)),
            _ when plain == typeof(DateTimeOffset) => Method(nameof(RowReader.GetDateTimeOffset)),
            _ when plain == typeof(object) => Method(nameof(RowReader.GetValue)),
            _ => null,
        };
    }

    private static MethodInfo Method(string name) => typeof(RowReader).GetMethod(name, [typeof(int)])!;

    private sealed record Compiled(Func<RowReader, int[], T> Map, string[] Names, bool ByPosition);
}
