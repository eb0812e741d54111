namespace Shoal.Items.Types;

/// <summary>A place on earth.</summary>
/// <param name="Longitude">From -180 to 180. Units: degrees.</param>
/// <param name="Latitude">From -90 to 90. Units: degrees.</param>
public readonly record struct GeoPoint(double Longitude, double Latitude)
{
    /// <summary>The earth as a sphere, as Redis has it. Units: metres.</summary>
    public const double EarthRadius = 6_372_797.560856;

    /// <summary>The way on the surface, by the haversine formula. Units: metres.</summary>
    public double DistanceTo(GeoPoint other)
    {
        var (latitude, otherLatitude) = (Radians(Latitude), Radians(other.Latitude));
        var u = Math.Sin((otherLatitude - latitude) / 2);
        var v = Math.Sin(Radians(other.Longitude - Longitude) / 2);
        var root = Math.Sqrt((u * u) + (Math.Cos(latitude) * Math.Cos(otherLatitude) * v * v));
        return 2 * EarthRadius * Math.Asin(Math.Min(root, 1));
    }

    internal static double Radians(double degrees) => degrees * Math.PI / 180;

    internal void Check()
    {
        if (!(Longitude is >= -180 and <= 180 && Latitude is >= -90 and <= 90))
        {
            throw new ItemException(ItemErrorKind.Validation, $"longitude {Longitude} and latitude {Latitude} are no place on earth",
                "Longitude is from -180 to 180 and comes first; latitude is from -90 to 90.");
        }
    }
}
