namespace Shoal.Items.Types;

/// <summary>A place that a search found.</summary>
/// <param name="Member">Its name.</param>
/// <param name="Point">Where it is.</param>
/// <param name="Distance">How far from the centre. Units: metres.</param>
public readonly record struct GeoMatch(string Member, GeoPoint Point, double Distance);
