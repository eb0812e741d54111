using System.ComponentModel;

namespace Shoal.Client.Rows;

/// <summary>Where generated mappers announce themselves, before a program's first line runs. Not for use by hand.</summary>
/// <remarks>Thread: safe.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class GeneratedRows
{
    /// <summary>Announces the mapper of a type.</summary>
    /// <param name="names">Names of parameters or properties, in the order of <paramref name="map"/>'s second argument.</param>
    /// <param name="map">Makes an object of a row; gets for each name the number of its column, or a negative one.</param>
    public static void Register<T>(string[] names, Func<RowReader, int[], T> map)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(map);
        RowMapper<T>.Use(names, map);
    }

    /// <summary>Whether the mapper of a type is a generated one.</summary>
    public static bool Knows<T>() => RowMapper<T>.IsGenerated;
}
