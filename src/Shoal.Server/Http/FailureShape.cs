namespace Shoal.Server.Http;

/// <summary>How a route writes its failures.</summary>
internal enum FailureShape
{
    /// <summary>D1's envelope with <c>"result":null</c>.</summary>
    Envelope,

    /// <summary>D1's envelope with <c>"result":[]</c>, as D1's query routes have it.</summary>
    EnvelopeWithArray,

    /// <summary>Status 200 and <c>{"success":false,"error":"…"}</c>: bindings look at the body only.</summary>
    Binding,

    /// <summary>The same body with the real status: the binding's <c>dump()</c> looks at the status only.</summary>
    BindingStatus,
}
