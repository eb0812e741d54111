using System.Globalization;
using System.Text.Json;
using Shoal.Cli.Targets;

namespace Shoal.Cli.Databases;

/// <summary>A database as JSON: the members of D1's object that the CLI knows.</summary>
internal static class DatabaseJson
{
    public static void Write(Utf8JsonWriter writer, DatabaseSummary database)
    {
        writer.WriteStartObject();
        writer.WriteString("uuid", database.Id.ToString());
        writer.WriteString("name", database.Name);
        writer.WriteString("created_at", Timestamp(database.CreatedAt));
        if (database.FileBytes is { } bytes)
        {
            writer.WriteNumber("file_size", bytes);
        }

        if (database.TableCount is { } tables)
        {
            writer.WriteNumber("num_tables", tables);
        }

        writer.WriteEndObject();
    }

    /// <summary>ISO 8601 with milliseconds and <c>Z</c>, as D1 writes it.</summary>
    public static string Timestamp(DateTimeOffset instant) =>
        instant.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
