namespace Shoal.Engine.Catalog;

/// <summary>What accounts and databases may be called, and where databases may live.</summary>
internal static class DatabaseNames
{
    private const int NameLengthMax = 512;
    private static readonly string[] Locations = ["wnam", "enam", "weur", "eeur", "apac", "oc"];
    private static readonly string[] Jurisdictions = ["eu", "fedramp", "us"];
    private static readonly string[] ReplicationModes = ["auto", "disabled"];

    /// <exception cref="EngineException">Something in the request is not valid; the message names it.</exception>
    public static void Check(NewDatabase request)
    {
        CheckAccount(request.Account);
        Require(IsName(request.Name), "name",
            "use letters, digits, - and _, not starting with -, at most 512 characters");
        Require(request.LocationHint is null || Locations.Contains(request.LocationHint), "primary_location_hint",
            "use one of " + string.Join(", ", Locations));
        Require(request.Jurisdiction is null || Jurisdictions.Contains(request.Jurisdiction), "jurisdiction",
            "use one of " + string.Join(", ", Jurisdictions));
        CheckReplication(request.ReadReplication);
    }

    /// <exception cref="EngineException">No account can have that name; the message says which it can have.</exception>
    public static void CheckAccount(string account) =>
        Require(IsWord(account), "account", "use letters, digits, - and _, at most 512 characters");

    /// <exception cref="EngineException">The mode is neither auto nor disabled.</exception>
    public static void CheckReplication(string mode) =>
        Require(ReplicationModes.Contains(mode), "read_replication.mode", "use auto or disabled");

    // D1 allows no leading underscore, but Prisma's shadow databases have one.
    private static bool IsName(string name) => IsWord(name) && name[0] != '-';

    private static bool IsWord(string name) =>
        name.Length is > 0 and <= NameLengthMax && name.All(
            static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');

    private static void Require(bool condition, string property, string what)
    {
        if (!condition)
        {
            throw new EngineException(EngineErrorKind.InvalidArgument, $"Invalid property: {property} => {what}");
        }
    }
}
