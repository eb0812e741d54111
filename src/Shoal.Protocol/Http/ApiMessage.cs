namespace Shoal.Protocol.Http;

/// <summary>One remark of a reply that is not an error.</summary>
/// <param name="Code">A number clients may match on.</param>
/// <param name="Message">The text.</param>
public sealed record ApiMessage(int Code, string Message);
