using Shoal.Client.D1;

namespace Shoal.Client.Channels;

/// <summary>How a batch is to run.</summary>
/// <param name="Database">Name or id, as the caller gave it.</param>
/// <param name="IsRepeatable">Whether it does no harm when it runs twice.</param>
/// <param name="Session">The session it belongs to; null for none.</param>
/// <param name="IsOnce">Whether it runs once only: its sender repeats by itself.</param>
internal readonly record struct BatchCall(string Database, bool IsRepeatable, SessionState? Session, bool IsOnce = false);
