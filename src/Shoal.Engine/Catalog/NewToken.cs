namespace Shoal.Engine.Catalog;

/// <summary>A token that has just been made. The only moment its secret exists in clear.</summary>
/// <param name="Record">The token.</param>
/// <param name="Secret">What the client sends as bearer token: <c>shoal_</c> and 43 characters of base64url.</param>
public sealed record NewToken(TokenRecord Record, string Secret);
