namespace Shoal.Server.D1;

/// <summary>What stands around the results of a request, and what one result is.</summary>
internal enum ReplyFrame
{
    /// <summary>The REST API's envelope; one result per statement.</summary>
    Envelope,

    /// <summary>An array, as bindings expect it; one result per batch item: the rows of its last statement.</summary>
    Binding,
}
