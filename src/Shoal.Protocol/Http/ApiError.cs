namespace Shoal.Protocol.Http;

/// <summary>One error of a reply.</summary>
/// <param name="Code">A <see cref="D1ErrorCode"/>.</param>
/// <param name="Message">What went wrong.</param>
public sealed record ApiError(int Code, string Message);
