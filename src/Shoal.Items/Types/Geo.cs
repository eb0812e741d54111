using System.Text;
using Shoal.Items.Values;

namespace Shoal.Items.Types;

/// <summary>Operations on names at places on earth.</summary>
public static class Geo
{
    private const string Longitude = "x";
    private const string Latitude = "y";

    /// <summary>Length of a place's number before its name, with the letter before it.</summary>
    private const int PrefixBytes = 9;

    /// <summary>Adds a name, or moves it.</summary>
    /// <returns>Whether it is new.</returns>
    /// <exception cref="ItemException">When it is made: this is no place on earth.</exception>
    public static ValueWrite<bool> Add(string key, string member, GeoPoint point)
    {
        point.Check();
        var element = KeyRules.Member(member);
        return new(key, transaction =>
        {
            var head = transaction.Open(key, ValueKind.Geo);
            var old = PointOf(transaction, head, element);
            if (old is { } before)
            {
                transaction.DeleteElement(head, Placed(before, element));
            }

            (string, AttributeValue)[] attributes = [(Longitude, AttributeValue.Number(Numbers.Of(point.Longitude))),
                (Latitude, AttributeValue.Number(Numbers.Of(point.Latitude)))];
            transaction.PutElement(head, ElementKey.Named(element), attributes);
            transaction.PutElement(head, Placed(point, element), attributes);
            if (old is null)
            {
                head.Count++;
                transaction.Save(head);
            }

            return old is null;
        });
    }

    /// <summary>Removes names; the key goes with the last.</summary>
    /// <returns>How many were there.</returns>
    public static ValueWrite<long> Remove(string key, params IReadOnlyList<string> members)
    {
        KeyRules.CheckCount(members.Count);
        var elements = members.Select(KeyRules.Member).ToList();
        return new(key, transaction =>
        {
            if (transaction.Find(key, ValueKind.Geo) is not { } head)
            {
                return 0;
            }

            var before = head.Count;
            foreach (var element in elements)
            {
                if (PointOf(transaction, head, element) is { } point)
                {
                    transaction.DeleteElement(head, ElementKey.Named(element));
                    transaction.DeleteElement(head, Placed(point, element));
                    head.Count--;
                }
            }

            transaction.Save(head);
            return before - head.Count;
        });
    }

    /// <summary>Where a name is; null when it is not there.</summary>
    public static ValueRead<GeoPoint?> GetPoint(string key, string member)
    {
        var element = KeyRules.Member(member);
        return new(key, transaction => transaction.Find(key, ValueKind.Geo) is { } head ? PointOf(transaction, head, element) : null);
    }

    /// <summary>The way between two names; null when one is not there. Units: metres.</summary>
    public static ValueRead<double?> GetDistance(string key, string first, string second)
    {
        var (one, other) = (KeyRules.Member(first), KeyRules.Member(second));
        return new(key, transaction => transaction.Find(key, ValueKind.Geo) is { } head && PointOf(transaction, head, one) is { } from
            && PointOf(transaction, head, other) is { } to ? from.DistanceTo(to) : null);
    }

    /// <summary>Number of names.</summary>
    public static ValueRead<long> Count(string key) => new(key, transaction => transaction.Find(key, ValueKind.Geo)?.Count ?? 0);

    /// <summary>Names within a circle, the nearest first.</summary>
    /// <param name="key">The key.</param>
    /// <param name="center">The middle of the circle.</param>
    /// <param name="radius">Units: metres.</param>
    /// <param name="limit">Names at most, the nearest.</param>
    /// <exception cref="ItemException">When it is run: more than 100,000 places are around there.</exception>
    public static ValueRead<IReadOnlyList<GeoMatch>> Search(string key, GeoPoint center, double radius, int limit = 1000)
    {
        Check(radius, limit);
        center.Check();
        return new(key, transaction => transaction.Find(key, ValueKind.Geo) is { } head
            ? Search(transaction, head, center, radius, limit) : []);
    }

    /// <summary>Names within a circle around one of them, itself included.</summary>
    /// <inheritdoc cref="Search(string, GeoPoint, double, int)"/>
    /// <param name="key">The key.</param>
    /// <param name="member">The name in the middle of the circle; nothing is found when it is not there.</param>
    /// <param name="radius">Units: metres.</param>
    /// <param name="limit">Names at most, the nearest.</param>
    public static ValueRead<IReadOnlyList<GeoMatch>> SearchAround(string key, string member, double radius, int limit = 1000)
    {
        Check(radius, limit);
        var element = KeyRules.Member(member);
        return new(key, transaction => transaction.Find(key, ValueKind.Geo) is { } head
            && PointOf(transaction, head, element) is { } center ? Search(transaction, head, center, radius, limit) : []);
    }

    private static List<GeoMatch> Search(ValueTransaction transaction, KeyHead head, GeoPoint center, double radius, int limit)
    {
        var matches = new List<GeoMatch>();
        var seen = 0;
        foreach (var (from, to) in GeoCells.Cover(center, radius))
        {
            var end = to is { } bound ? [ElementKey.ByOrder, .. ElementKey.Unsigned(bound)] : ElementKey.After([ElementKey.ByOrder]);
            foreach (var item in transaction.Elements(head, [ElementKey.ByOrder, .. ElementKey.Unsigned(from)], end))
            {
                if (++seen > ValueLimits.PlacesMax)
                {
                    throw new ItemException(ItemErrorKind.Validation,
                        $"more than {ValueLimits.PlacesMax} places are around there", "Search in a smaller circle.");
                }

                var point = PointOf(item);
                var distance = center.DistanceTo(point);
                if (distance <= radius)
                {
                    matches.Add(new GeoMatch(Encoding.UTF8.GetString(item[ValueTransaction.Sort].AsBytes.AsSpan(PrefixBytes)), point,
                        distance));
                }
            }
        }

        matches.Sort(static (a, b) => a.Distance != b.Distance ? a.Distance.CompareTo(b.Distance)
            : string.CompareOrdinal(a.Member, b.Member));
        return matches.Count > limit ? matches[..limit] : matches;
    }

    private static void Check(double radius, int limit)
    {
        KeyRules.CheckCount(limit);
        if (!(radius >= 0 && double.IsFinite(radius)))
        {
            throw ItemException.Validation($"a radius is 0 metres or more, not {radius}");
        }
    }

    private static byte[] Placed(GeoPoint point, byte[] member) =>
        [ElementKey.ByOrder, .. ElementKey.Unsigned(GeoCells.Of(point)), .. member];

    private static GeoPoint? PointOf(ValueTransaction transaction, KeyHead head, byte[] element) =>
        transaction.FindElement(head, ElementKey.Named(element)) is { } item ? PointOf(item) : null;

    private static GeoPoint PointOf(Item item) =>
        new(Numbers.ToDouble(item[Longitude].AsNumber), Numbers.ToDouble(item[Latitude].AsNumber));
}
