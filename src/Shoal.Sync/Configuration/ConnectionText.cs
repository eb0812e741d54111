using Npgsql;

namespace Shoal.Sync.Configuration;

/// <summary>Turns what a user writes about a PostgreSQL server into Npgsql's form.</summary>
internal static class ConnectionText
{
    /// <summary>
    /// Text forms that the type map reads. Both the stream and the copies must have them, or the same value would differ.
    /// </summary>
    private const string SessionOptions = "-c DateStyle=ISO -c IntervalStyle=iso_8601 -c TimeZone=UTC "
        + "-c extra_float_digits=1 -c bytea_output=hex -c lc_monetary=C -c statement_timeout=0 -c client_min_messages=warning";

    /// <summary>PostgreSQL sends rows of a copy and of the stream one by one; larger reads take many of them at once.</summary>
    private const int ReadBufferBytes = 64 * 1024;

    /// <exception cref="SyncException">It is neither an address nor a list of keywords.</exception>
    public static string Parse(string text)
    {
        try
        {
            var builder = text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase)
                || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase)
                ? OfAddress(new Uri(text)) : new NpgsqlConnectionStringBuilder(text);
            builder.Options = string.IsNullOrEmpty(builder.Options) ? SessionOptions : builder.Options + " " + SessionOptions;
            builder.ApplicationName ??= "shoal sync";
            builder.MaxPoolSize = Math.Min(builder.MaxPoolSize, 8);
            builder.ReadBufferSize = Math.Max(builder.ReadBufferSize, ReadBufferBytes);
            if (!builder.TcpKeepAlive)
            {
                // A peer that is gone without a word is noticed, whatever is being waited for.
                builder.TcpKeepAlive = true;
                builder.TcpKeepAliveTime = 30;
                builder.TcpKeepAliveInterval = 10;
            }

            return builder.ConnectionString;
        }
        catch (Exception error) when (error is ArgumentException or UriFormatException or FormatException
            or KeyNotFoundException)
        {
            // The message might quote the text, which holds the password.
            throw new SyncException("\"connection\" is no PostgreSQL connection",
                "write postgresql://user:password@host:5432/database or Host=...;Username=...;Database=...");
        }
    }

    private static NpgsqlConnectionStringBuilder OfAddress(Uri address)
    {
        var user = address.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = address.Host,
            Port = address.Port > 0 ? address.Port : 5432,
            Database = Uri.UnescapeDataString(address.AbsolutePath.TrimStart('/')),
        };
        if (user[0].Length > 0)
        {
            builder.Username = Uri.UnescapeDataString(user[0]);
        }

        if (user.Length > 1)
        {
            builder.Password = Uri.UnescapeDataString(user[1]);
        }

        foreach (var pair in address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            var value = parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "";
            switch (parts[0])
            {
                case "sslmode":
                    builder["SSL Mode"] = value.Replace("-", "", StringComparison.Ordinal);
                    break;
                case "channel_binding":
                    builder["Channel Binding"] = value;
                    break;
                default:
                    builder[parts[0]] = value;
                    break;
            }
        }

        return builder;
    }
}
