using Shoal.Cli.Demo;

namespace Shoal.Cli.Tests.Demo;

public sealed class DemoCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_data_is_loaded_once_and_completed_after_an_interruption()
    {
        RequireData();
        var shoal = new CommandLine(_folder.Path).With("SHOAL_DATA", _folder.File("data"));
        Assert.Matches("Loaded 251 databases with [0-9,]+ rows in ", await shoal.OkAsync("demo", "--load-only"));
        Assert.Contains("is in", await shoal.OkAsync("demo", "--load-only"), StringComparison.Ordinal);

        // What an interrupted load leaves: a country is missing, and so is the last one, which says that all are there.
        await shoal.OkAsync("db", "delete", "country-ch", "--yes");
        await shoal.OkAsync("db", "delete", "iso", "--yes");
        Assert.Contains("Loaded 2 databases", await shoal.OkAsync("demo", "--load-only"), StringComparison.Ordinal);

        Assert.Equal("n\n26\n", await shoal.OkAsync("db", "execute", "country-ch", "--command",
            "SELECT count(*) AS n FROM subdivisions WHERE type = 'Canton'"));
    }

    [Fact]
    public async Task Characters_are_found_by_words_of_their_names()
    {
        RequireData();
        var shoal = new CommandLine(_folder.Path).With("SHOAL_DATA", _folder.File("data"));
        await shoal.OkAsync("demo", "--load-only");

        Assert.Equal("character\tname\tcategory\tblock\n🐬\tDOLPHIN\tOther Symbol\tMiscellaneous Symbols and Pictographs\n",
            await shoal.OkAsync("db", "execute", "unicode", "--command", """
                SELECT c.character, c.name, g.name AS category, b.name AS block
                FROM character_names JOIN characters c ON c.codepoint = character_names.rowid
                  JOIN categories g ON g.code = c.category JOIN blocks b ON b.first = c.block
                WHERE character_names MATCH 'dolphin'
                """));
    }

    [Fact]
    public void Former_names_belong_to_the_country_that_the_code_says()
    {
        RequireData();
        var countries = IsoCodes.ReadCountries().ToDictionary(country => country.Name, StringComparer.Ordinal);

        Assert.Equal(249, countries.Count);
        Assert.Equal(1, Formers("mm"));
        Assert.Equal(1, Formers("by"));
        Assert.Equal(0, Formers("ch"));

        int Formers(string alpha2) => countries[$"country-{alpha2}"].Tables[2].Count;
    }

    private static void RequireData()
    {
        var isThere = File.Exists(DemoSources.IsoPath("iso_3166-1")) && File.Exists(DemoSources.UnicodePath("UnicodeData.txt"));
        Assert.True(isThere || Environment.GetEnvironmentVariable("CI") is not "true",
            "apt-get install iso-codes unicode-data");
        Assert.SkipUnless(isThere, "Debian's packages iso-codes and unicode-data are not installed");
    }
}
