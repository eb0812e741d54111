namespace Shoal.Engine.Catalog;

/// <summary>The administrative acts that are noted.</summary>
public static class AuditAction
{
    /// <summary>A server has started, with these settings.</summary>
    public const string ServerStarted = "server.start";

    /// <summary>A token was created.</summary>
    public const string TokenCreated = "token.create";

    /// <summary>A token was revoked.</summary>
    public const string TokenRevoked = "token.revoke";

    /// <summary>A database was created.</summary>
    public const string DatabaseCreated = "database.create";

    /// <summary>A database's properties were changed.</summary>
    public const string DatabaseUpdated = "database.update";

    /// <summary>A database was deleted.</summary>
    public const string DatabaseDeleted = "database.delete";

    /// <summary>A database was taken back to what it was.</summary>
    public const string DatabaseRestored = "database.restore";

    /// <summary>A state of a database was given a name.</summary>
    public const string BookmarkCreated = "bookmark.create";

    /// <summary>The name of a state was taken away.</summary>
    public const string BookmarkDeleted = "bookmark.delete";

    /// <summary>A file is imported into a database; noted before it begins.</summary>
    public const string DatabaseImported = "database.import";
}
