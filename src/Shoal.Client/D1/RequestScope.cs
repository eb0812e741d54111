namespace Shoal.Client.D1;

/// <summary>Which state of its database a request is about. The default is what the database is now, in no session.</summary>
/// <param name="Session">The session it belongs to; null for none.</param>
/// <param name="AsOf">A time, bookmark or name: the request only reads what the database was then. Null for what it is.</param>
internal readonly record struct RequestScope(SessionState? Session, string? AsOf = null);
