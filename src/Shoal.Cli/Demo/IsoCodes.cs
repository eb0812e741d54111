using System.Text.Json;

namespace Shoal.Cli.Demo;

/// <summary>Databases from <c>iso-codes</c>: one per country, and one for what countries share.</summary>
internal static class IsoCodes
{
    private const string CountrySchema = """
        CREATE TABLE country (
          alpha_2 TEXT PRIMARY KEY, alpha_3 TEXT NOT NULL, numeric_code TEXT NOT NULL, name TEXT NOT NULL,
          official_name TEXT, common_name TEXT, flag TEXT NOT NULL
        );
        CREATE TABLE subdivisions (
          code TEXT PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, parent TEXT REFERENCES subdivisions(code)
        );
        CREATE INDEX subdivisions_by_parent ON subdivisions(parent);
        CREATE TABLE former_names (
          alpha_4 TEXT PRIMARY KEY, name TEXT NOT NULL, withdrawn TEXT NOT NULL, comment TEXT
        );
        """;

    private const string SharedSchema = """
        CREATE TABLE countries (alpha_2 TEXT PRIMARY KEY, alpha_3 TEXT NOT NULL UNIQUE, name TEXT NOT NULL, database TEXT NOT NULL);
        CREATE TABLE currencies (alpha_3 TEXT PRIMARY KEY, numeric_code TEXT NOT NULL, name TEXT NOT NULL);
        CREATE TABLE languages (
          alpha_3 TEXT PRIMARY KEY, alpha_2 TEXT, name TEXT NOT NULL, inverted_name TEXT, scope TEXT NOT NULL, type TEXT NOT NULL
        );
        CREATE INDEX languages_by_name ON languages(name);
        CREATE TABLE language_families (alpha_3 TEXT PRIMARY KEY, name TEXT NOT NULL);
        CREATE TABLE scripts (alpha_4 TEXT PRIMARY KEY, numeric_code TEXT NOT NULL, name TEXT NOT NULL);
        CREATE TABLE former_countries (
          alpha_4 TEXT PRIMARY KEY, alpha_2 TEXT NOT NULL, name TEXT NOT NULL, withdrawn TEXT NOT NULL, comment TEXT
        );
        """;

    /// <summary>The name of a country's database.</summary>
    public static string DatabaseName(string alpha2) => "country-" + alpha2.ToLowerInvariant();

    /// <summary>One database per country of ISO 3166-1.</summary>
    public static IReadOnlyList<DemoDatabase> ReadCountries()
    {
        using var countries = Open("iso_3166-1", out var countryList);
        using var subdivisions = Open("iso_3166-2", out var subdivisionList);
        using var formers = Open("iso_3166-3", out var formerList);
        var subdivisionsByCountry = subdivisionList.EnumerateArray()
            .ToLookup(entry => Text(entry, "code")!.Split('-')[0], StringComparer.Ordinal);
        var formersByCountry = formerList.EnumerateArray().ToLookup(Successor, StringComparer.Ordinal);
        var databases = new List<DemoDatabase>();
        foreach (var entry in countryList.EnumerateArray())
        {
            var alpha2 = Text(entry, "alpha_2")!;
            databases.Add(new DemoDatabase(DatabaseName(alpha2), CountrySchema,
                [ReadCountry(entry), ReadSubdivisions(alpha2, subdivisionsByCountry[alpha2]), ReadFormerNames(formersByCountry[alpha2])]));
        }

        return databases;
    }

    /// <summary>The database of what countries share.</summary>
    public static DemoDatabase ReadShared()
    {
        var countries = new TableRows("countries", "alpha_2", "alpha_3", "name", "database");
        using (Open("iso_3166-1", out var list))
        {
            foreach (var entry in list.EnumerateArray())
            {
                countries.Add(Text(entry, "alpha_2"), Text(entry, "alpha_3"), Text(entry, "name"),
                    DatabaseName(Text(entry, "alpha_2")!));
            }
        }

        return new DemoDatabase("iso", SharedSchema,
        [
            countries,
            ReadPlain("iso_4217", "currencies", ("alpha_3", "alpha_3"), ("numeric", "numeric_code"), ("name", "name")),
            ReadPlain("iso_639-3", "languages", ("alpha_3", "alpha_3"), ("alpha_2", "alpha_2"), ("name", "name"),
                ("inverted_name", "inverted_name"), ("scope", "scope"), ("type", "type")),
            ReadPlain("iso_639-5", "language_families", ("alpha_3", "alpha_3"), ("name", "name")),
            ReadPlain("iso_15924", "scripts", ("alpha_4", "alpha_4"), ("numeric", "numeric_code"), ("name", "name")),
            ReadPlain("iso_3166-3", "former_countries", ("alpha_4", "alpha_4"), ("alpha_2", "alpha_2"), ("name", "name"),
                ("withdrawal_date", "withdrawn"), ("comment", "comment")),
        ]);
    }

    private static TableRows ReadCountry(JsonElement entry)
    {
        var rows = new TableRows("country", "alpha_2", "alpha_3", "numeric_code", "name", "official_name", "common_name", "flag");
        rows.Add(Text(entry, "alpha_2"), Text(entry, "alpha_3"), Text(entry, "numeric"), Text(entry, "name"),
            Text(entry, "official_name"), Text(entry, "common_name"), Text(entry, "flag"));
        return rows;
    }

    private static TableRows ReadSubdivisions(string alpha2, IEnumerable<JsonElement> entries)
    {
        var list = entries.ToList();
        var codes = list.Select(entry => Text(entry, "code")!).ToHashSet(StringComparer.Ordinal);
        var rows = new TableRows("subdivisions", "code", "name", "type", "parent");

        // Those without a parent first: foreign keys are checked row by row.
        var placed = new HashSet<string>(StringComparer.Ordinal);
        while (list.Count > 0)
        {
            var ready = list.FindAll(entry => Parent(entry) is not { } parent || placed.Contains(parent));
            if (ready.Count == 0)
            {
                throw new CliException($"the subdivisions of {alpha2} in iso_3166-2.json are each other's parents",
                    "apt-get install --reinstall iso-codes");
            }

            foreach (var entry in ready)
            {
                rows.Add(Text(entry, "code"), Text(entry, "name"), Text(entry, "type"), Parent(entry));
                placed.Add(Text(entry, "code")!);
            }

            list.RemoveAll(entry => placed.Contains(Text(entry, "code")!));
        }

        return rows;

        // The file writes a parent with or without the country in front.
        string? Parent(JsonElement entry) => Text(entry, "parent") is not { } parent ? null
            : codes.Contains(parent) ? parent
            : codes.Contains($"{alpha2}-{parent}") ? $"{alpha2}-{parent}"
            : null;
    }

    private static TableRows ReadFormerNames(IEnumerable<JsonElement> entries)
    {
        var rows = new TableRows("former_names", "alpha_4", "name", "withdrawn", "comment");
        foreach (var entry in entries)
        {
            rows.Add(Text(entry, "alpha_4"), Text(entry, "name"), Text(entry, "withdrawal_date"), Text(entry, "comment"));
        }

        return rows;
    }

    // ISO 3166-3: the last two letters of a withdrawn code name the country that the entry became, AA where the
    // two-letter code stayed; HH and others stand for no single successor and match no country.
    private static string Successor(JsonElement entry)
    {
        var ending = Text(entry, "alpha_4")![2..];
        return ending == "AA" ? Text(entry, "alpha_2")! : ending;
    }

    private static TableRows ReadPlain(string standard, string table, params (string Member, string Column)[] fields)
    {
        var rows = new TableRows(table, [.. fields.Select(field => field.Column)]);
        using var document = Open(standard, out var list);
        foreach (var entry in list.EnumerateArray())
        {
            rows.Add([.. fields.Select(field => (object?)Text(entry, field.Member))]);
        }

        return rows;
    }

    // Each file is an object with one member, an array named as the standard.
    private static JsonDocument Open(string standard, out JsonElement list)
    {
        using var file = File.OpenRead(DemoSources.IsoPath(standard));
        var document = JsonDocument.Parse(file);
        list = document.RootElement.GetProperty(standard["iso_".Length..]);
        return document;
    }

    private static string? Text(JsonElement entry, string member) =>
        entry.TryGetProperty(member, out var value) ? value.GetString() : null;
}
