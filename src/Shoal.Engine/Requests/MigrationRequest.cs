using Shoal.Engine.Databases;

namespace Shoal.Engine.Requests;

/// <summary>Tells requests that record a migration in wrangler's table from others, by their text.</summary>
/// <remarks>
/// wrangler sends a migration and <c>INSERT INTO "d1_migrations"</c> as one text. Who writes that elsewhere gets a bookmark that
/// nobody needs, and nothing else.
/// </remarks>
internal static class MigrationRequest
{
    private static ReadOnlySpan<byte> Table => "d1_migrations"u8;

    private static ReadOnlySpan<byte> Before => "INTO"u8;

    public static bool Is(SqlRequest request)
    {
        if (request.ReadOnly)
        {
            return false;
        }

        for (var index = 0; index < request.Items.Count; index++)
        {
            if (Is(request.Items[index].Sql.Span))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Is(ReadOnlySpan<byte> sql)
    {
        for (var at = sql.IndexOf(Table); at >= 0; at = sql.IndexOf(Table))
        {
            var before = sql[..at].TrimEnd(" \t\r\n\"'`["u8);
            if (before.Length > Before.Length && SqlText.IsWord(before[^Before.Length..], Before))
            {
                return true;
            }

            sql = sql[(at + Table.Length)..];
        }

        return false;
    }
}
