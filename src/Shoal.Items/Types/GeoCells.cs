namespace Shoal.Items.Types;

/// <summary>Places as one number in which near places are often near: the bits of longitude and latitude in turns.</summary>
internal static class GeoCells
{
    /// <summary>Ranges that one search reads; more are finer and fit a circle better.</summary>
    private const int CellsMax = 32;

    private const int LevelMax = 31;

    /// <summary>A place's number.</summary>
    public static ulong Of(GeoPoint point) =>
        (Spread(Scale(point.Longitude, 180)) << 1) | Spread(Scale(point.Latitude, 90));

    /// <summary>Ranges of numbers, ends excluded, in which all places of a circle are; null for the end of all.</summary>
    public static List<(ulong From, ulong? To)> Cover(GeoPoint center, double radius)
    {
        var angle = radius / GeoPoint.EarthRadius;
        var latitudes = angle * 180 / Math.PI;

        // A little more than the circle, for what rounding takes away; near a right angle the arc sine loses half of its digits.
        var margin = 1e-9 + (latitudes * 1e-9);
        var south = center.Latitude - latitudes - margin;
        var north = center.Latitude + latitudes + margin;
        var longitudes = 360.0;
        if (south > -90 && north < 90)
        {
            var sine = Math.Sin(angle) / Math.Cos(GeoPoint.Radians(center.Latitude));
            longitudes = sine < 1 ? (Math.Asin(sine) * 180 / Math.PI) + 1e-6 : 360;
        }

        var (bottom, top) = (Scale(Math.Max(south, -90), 90), Scale(Math.Min(north, 90), 90));
        var spans = Spans(center.Longitude, longitudes);
        var level = LevelMax;
        while (level > 0 && CellCount(spans, bottom, top, level) > CellsMax)
        {
            level--;
        }

        return Merge(Cells(spans, bottom, top, level), level);
    }

    private static List<(uint From, uint To)> Spans(double longitude, double reach)
    {
        var (west, east) = (longitude - reach, longitude + reach);
        if (reach >= 180)
        {
            return [(0, uint.MaxValue)];
        }

        // Past the line where longitudes start again, it is two spans.
        return west < -180 ? [(0, Scale(east, 180)), (Scale(west + 360, 180), uint.MaxValue)]
            : east > 180 ? [(Scale(west, 180), uint.MaxValue), (0, Scale(east - 360, 180))]
            : [(Scale(west, 180), Scale(east, 180))];
    }

    private static long CellCount(List<(uint From, uint To)> spans, uint bottom, uint top, int level)
    {
        var shift = 32 - level;
        var columns = spans.Sum(span => (long)((ulong)span.To >> shift) - (long)((ulong)span.From >> shift) + 1);
        return columns * ((long)((ulong)top >> shift) - (long)((ulong)bottom >> shift) + 1);
    }

    private static SortedSet<ulong> Cells(List<(uint From, uint To)> spans, uint bottom, uint top, int level)
    {
        var shift = 32 - level;
        var cells = new SortedSet<ulong>();
        foreach (var (from, to) in spans)
        {
            for (var x = (ulong)from >> shift; x <= (ulong)to >> shift; x++)
            {
                for (var y = (ulong)bottom >> shift; y <= (ulong)top >> shift; y++)
                {
                    cells.Add((Spread((uint)x) << 1) | Spread((uint)y));
                }
            }
        }

        return cells;
    }

    private static List<(ulong From, ulong? To)> Merge(SortedSet<ulong> cells, int level)
    {
        if (level == 0)
        {
            return [(0, null)];
        }

        var shift = 64 - (2 * level);
        var ranges = new List<(ulong From, ulong? To)>();
        foreach (var cell in cells)
        {
            var from = cell << shift;
            var to = from + (1UL << shift);
            ulong? end = to == 0 ? null : to;
            if (ranges.Count > 0 && ranges[^1].To == from)
            {
                ranges[^1] = (ranges[^1].From, end);
            }
            else
            {
                ranges.Add((from, end));
            }
        }

        return ranges;
    }

    private static uint Scale(double degrees, double half) =>
        (uint)Math.Clamp((degrees + half) / (2 * half) * 4_294_967_296.0, 0, uint.MaxValue);

    /// <summary>Puts a zero before each bit.</summary>
    private static ulong Spread(uint value)
    {
        ulong bits = value;
        bits = (bits | (bits << 16)) & 0x0000FFFF0000FFFF;
        bits = (bits | (bits << 8)) & 0x00FF00FF00FF00FF;
        bits = (bits | (bits << 4)) & 0x0F0F0F0F0F0F0F0F;
        bits = (bits | (bits << 2)) & 0x3333333333333333;
        return (bits | (bits << 1)) & 0x5555555555555555;
    }
}
