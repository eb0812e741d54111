using System.Text.RegularExpressions;
using Shoal.Engine;

namespace Shoal.Repo.Tests;

public sealed partial class ConventionTests
{
    [Fact]
    public void Log_messages_have_ids_of_their_own_in_the_range_of_their_project()
    {
        var ranges = new Dictionary<string, int>(StringComparer.Ordinal)
        {
            ["Shoal.Engine"] = 1000,
            ["Shoal.Server"] = 4000,
            ["Shoal.Client"] = 5000,
            ["Shoal.Sync"] = 6000,
        };
        var seen = new HashSet<int>();
        foreach (var path in Repository.Sources())
        {
            var project = Repository.Relative(path).Split('/')[1];
            foreach (Match match in LogMessage().Matches(File.ReadAllText(path)))
            {
                var id = int.Parse(match.Groups[1].Value);
                Assert.True(seen.Add(id), $"log id {id} is used twice");
                Assert.InRange(id, ranges[project], ranges[project] + 999);
            }
        }

        Assert.NotEmpty(seen);
    }

    [Fact]
    public void Every_kind_of_error_is_documented()
    {
        var page = Repository.Read("docs/reference/errors.md");
        Assert.All(Enum.GetNames<EngineErrorKind>(), kind => Assert.Contains($"`{kind}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Exceptions_of_the_engine_have_one_root()
    {
        var exceptions = typeof(EngineException).Assembly.GetTypes().Where(typeof(Exception).IsAssignableFrom).ToArray();
        Assert.Contains(typeof(SqlException), exceptions);
        Assert.All(exceptions, type => Assert.True(typeof(EngineException).IsAssignableFrom(type), type.Name));
    }

    [Fact]
    public void Comments_say_something()
    {
        foreach (var path in Repository.Sources())
        {
            var text = File.ReadAllText(path);
            Assert.DoesNotContain("Gets or sets", text, StringComparison.Ordinal);
            Assert.DoesNotContain("Initializes a new instance", text, StringComparison.Ordinal);
            Assert.DoesNotMatch(EmptyTag(), text);
            Assert.DoesNotMatch(LooseToDo(), text);
        }
    }

    [Fact]
    public void Files_stay_readable()
    {
        foreach (var path in Repository.Sources())
        {
            var lines = File.ReadLines(path).ToArray();
            Assert.True(lines.Length <= 500, $"{path} has {lines.Length} lines: split it");
            Assert.All(lines, line => Assert.True(line.Length <= 140, $"{path}: {line}"));
        }
    }

    [Fact]
    public void No_package_registry_is_named_and_no_lock_file_records_an_address()
    {
        foreach (var file in Repository.Tracked().Where(IsText))
        {
            Assert.DoesNotMatch(RegistryHost(), Repository.Read(file));
        }

        Assert.All(Repository.Tracked().Where(file => file.EndsWith("package-lock.json", StringComparison.Ordinal)),
            file => Assert.DoesNotContain("\"resolved\"", Repository.Read(file), StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_built_or_vendored_is_tracked() => Assert.DoesNotContain(Repository.Tracked(), file =>
        file.Contains("node_modules/", StringComparison.Ordinal) || file.EndsWith(".so", StringComparison.Ordinal)
        || file.EndsWith(".dll", StringComparison.Ordinal) || file.EndsWith("sqlite3.c", StringComparison.Ordinal));

    [Fact]
    public void Packages_are_pinned_exactly()
    {
        var versions = PackageVersion().Matches(Repository.Read("Directory.Packages.props"));
        Assert.NotEmpty(versions);
        Assert.All(versions, match => Assert.Matches(@"^\[[\w.-]+\]$", match.Groups[1].Value));
    }

    private static bool IsText(string file) =>
        Path.GetExtension(file) is not ".png" and not ".svg" && !file.EndsWith("ConventionTests.cs", StringComparison.Ordinal);

    [GeneratedRegex(@"\[LoggerMessage\((\d+)")]
    private static partial Regex LogMessage();

    [GeneratedRegex(@"<(param|returns|summary|remarks)[^>]*>\s*</")]
    private static partial Regex EmptyTag();

    [GeneratedRegex(@"TODO(?!\(#\d+\))")]
    private static partial Regex LooseToDo();

    [GeneratedRegex(@"nuget\.org|npmjs\.(org|com)|deb\.debian\.org", RegexOptions.IgnoreCase)]
    private static partial Regex RegistryHost();

    [GeneratedRegex("<PackageVersion Include=\"[^\"]+\" Version=\"([^\"]+)\"")]
    private static partial Regex PackageVersion();
}
