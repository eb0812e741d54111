using System.Globalization;

namespace Shoal.Engine.History.Stores;

/// <summary>What the objects of a history store are called.</summary>
/// <remarks>Shape: see <c>docs/formats/history-store.md</c>.</remarks>
internal static class BucketNames
{
    /// <summary>Steps: numbered without gaps, and whoever creates the next one owns the store.</summary>
    public const string Steps = "steps/";

    /// <summary>Packs, in parts.</summary>
    public const string Packs = "packs/";

    /// <summary>Copies of the catalog.</summary>
    public const string Catalogs = "catalogs/";

    /// <summary>A larger pack has several parts. Units: bytes.</summary>
    public const int PartBytes = 16 * 1024 * 1024;

    public static string Step(ulong number) => string.Create(CultureInfo.InvariantCulture, $"{Steps}{number:d12}");

    public static string Part(string pack, int index) => string.Create(CultureInfo.InvariantCulture, $"{Packs}{pack}.{index:d4}");

    public static string Catalog(string hash) => Catalogs + hash;

    /// <summary>How many parts a pack has.</summary>
    public static int PartsOf(long bytes) => (int)((bytes + PartBytes - 1) / PartBytes);

    /// <summary>The number of a step; null when it is the name of something else.</summary>
    public static ulong? NumberOf(string name) =>
        ulong.TryParse(name.AsSpan(Steps.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
