using System.Text.Json.Nodes;

namespace Shoal.Repo.Tests;

/// <summary>docs/reference/clients.md says of each client the version that is tested, and by what.</summary>
public sealed class ClientTableTests
{
    private const string Page = "docs/reference/clients.md";

    /// <summary>How rows begin, and the packages whose versions they tell.</summary>
    private static readonly (string Client, string[] Packages)[] Rows =
    [
        ("workerd `env.DB`", ["workerd"]),
        ("Miniflare `getD1Database()` in Node", ["miniflare"]),
        ("`wrangler dev`", ["wrangler"]),
        ("workerd with `clients/worker/shoal-d1.mjs`", ["workerd"]),
        ("Drizzle ORM, `drizzle-orm/d1`", ["drizzle-orm"]),
        ("drizzle-kit", ["drizzle-kit"]),
        ("Kysely, `kysely-d1`", ["kysely", "kysely-d1"]),
        ("Prisma, `@prisma/adapter-d1`", ["@prisma/adapter-d1"]),
        ("wrangler `d1`", ["wrangler"]),
        ("Cloudflare's TypeScript SDK", ["cloudflare"]),
        ("AWS SDK, `@aws-sdk/client-dynamodb`, `@aws-sdk/lib-dynamodb`, `@aws-sdk/client-dynamodb-streams`",
            ["@aws-sdk/client-dynamodb", "@aws-sdk/lib-dynamodb", "@aws-sdk/client-dynamodb-streams"]),
    ];

    /// <summary>Parts of a client that has a row of its own.</summary>
    private static readonly string[] Parts = ["prisma", "@prisma/client"];

    [Fact]
    public void Every_client_is_listed_with_the_version_that_is_tested()
    {
        var installed = JsonNode.Parse(Repository.Read("tests/Compat/package-lock.json"))!["packages"]!;

        Assert.Equal(
            Rows.Select(row => $"{row.Client} | {string.Join(", ", row.Packages.Select(package =>
                (string?)installed["node_modules/" + package]?["version"] ?? package + " is not installed"))}"),
            Table().Select(static cells => $"{cells[0]} | {cells[1]}"));
    }

    [Fact]
    public void Every_package_that_is_installed_for_the_tests_is_in_the_table()
    {
        var wanted = JsonNode.Parse(Repository.Read("tests/Compat/package.json"))!["dependencies"]!.AsObject()
            .Select(static package => package.Key).Except(Parts, StringComparer.Ordinal);

        Assert.Empty(wanted.Except(Rows.SelectMany(static row => row.Packages), StringComparer.Ordinal));
    }

    [Fact]
    public void Every_client_names_a_test_that_is_run()
    {
        var run = Repository.Read("tests/Compat/run.sh");

        Assert.All(Table(), cells =>
        {
            var test = cells[2].Trim('`');
            Assert.Contains(test, run, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(Repository.Root, "tests/Compat", test)), test);
        });
    }

    private static string[][] Table() =>
        [.. Repository.Read(Page).Split('\n').Where(static line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(2)
            .Select(static line => line.Trim('|', ' ').Split(" | "))];
}
