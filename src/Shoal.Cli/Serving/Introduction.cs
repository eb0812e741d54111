namespace Shoal.Cli.Serving;

/// <summary>The lines a user copies to talk to a server that has just started.</summary>
internal static class Introduction
{
    public static void WriteEnvironment(TextWriter output, string url, string account, string token)
    {
        output.WriteLine();
        output.WriteLine("Paste this into another shell, for shoal, curl and wrangler:");
        output.WriteLine($"export SHOAL_URL={url} SHOAL_ACCOUNT={account} SHOAL_TOKEN={token}");
        output.WriteLine($"export CLOUDFLARE_API_BASE_URL={url}/client/v4 CLOUDFLARE_ACCOUNT_ID={account} "
            + $"CLOUDFLARE_API_TOKEN={token} WRANGLER_SEND_METRICS=false");
        output.WriteLine();
    }

    /// <summary>An address that a client can use: a wildcard listens everywhere, but nobody connects to it.</summary>
    public static string ClientUrl(IReadOnlyList<string> addresses) => addresses[0]
        .Replace("://*", "://127.0.0.1", StringComparison.Ordinal)
        .Replace("://+", "://127.0.0.1", StringComparison.Ordinal)
        .Replace("://0.0.0.0", "://127.0.0.1", StringComparison.Ordinal)
        .Replace("://[::]", "://127.0.0.1", StringComparison.Ordinal)
        .TrimEnd('/');

    public static void WriteCurl(TextWriter output, string database, string sql)
    {
        output.WriteLine("curl -s \"$SHOAL_URL/client/v4/accounts/$SHOAL_ACCOUNT/d1/database/" + database + "/query\" \\");
        output.WriteLine("  -H \"Authorization: Bearer $SHOAL_TOKEN\" -H 'Content-Type: application/json' \\");
        output.WriteLine($"  -d '{{\"sql\": \"{sql}\"}}'");
    }
}
