using Shoal.Client;

namespace Shoal.Samples;

/// <summary>The client, from the variables that <c>shoal demo</c> and <c>shoal serve --dev</c> print.</summary>
internal static class ShoalSettings
{
    public static ShoalClient Connect() => new(new ShoalClientOptions
    {
        Address = new Uri(Variable("SHOAL_URL") ?? "http://127.0.0.1:8787"),
        Account = Variable("SHOAL_ACCOUNT") ?? "shoal",
        Token = Variable("SHOAL_TOKEN") ?? throw new InvalidOperationException("set SHOAL_TOKEN: `shoal serve --dev` prints a line to paste"),
    });

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
