using Shoal.Client.D1;

namespace Shoal.Client.Channels;

/// <summary>How a batch is to run.</summary>
/// <param name="Database">Name or id, as the caller gave it.</param>
/// <param name="IsRepeatable">Whether it does no harm when it runs twice.</param>
/// <param name="Scope">Which state of the database it is about.</param>
/// <param name="IsOnce">Whether it runs once only: its sender repeats by itself.</param>
internal readonly record struct BatchCall(string Database, bool IsRepeatable, RequestScope Scope, bool IsOnce = false);
