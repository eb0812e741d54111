using System.Globalization;

namespace Shoal.Engine.History;

/// <summary>What the manifest knows of a pack.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="FirstTime">Time of the oldest commit in it. Units: microseconds since 1970.</param>
/// <param name="LastTime">Time of the newest.</param>
internal sealed record PackInfo(string Name, long Bytes, long FirstTime, long LastTime)
{
    /// <summary>The number that no other pack has.</summary>
    public ulong Serial => ulong.Parse(Name.Split('-')[0], CultureInfo.InvariantCulture);

    public PackLevel Level => (PackLevel)int.Parse(Name.Split('-')[2], CultureInfo.InvariantCulture);
}
