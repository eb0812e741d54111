using System.Globalization;

namespace Shoal.PowerCut.Model;

/// <summary>How the databases of the load are called.</summary>
internal static class Names
{
    public const string Account = "power-cut";
    private const string Prefix = "db-";

    public static string Of(int number) => Prefix + number.ToString(CultureInfo.InvariantCulture);

    public static int Number(string name) => int.Parse(name.AsSpan(Prefix.Length), CultureInfo.InvariantCulture);
}
