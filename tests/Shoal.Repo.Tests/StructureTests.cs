using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Shoal.Repo.Tests;

/// <summary>Goal: the layout stays as docs/ARCHITECTURE.md draws it. Method: read both and compare.</summary>
public sealed partial class StructureTests
{
    private static readonly string[] ForbiddenFolders =
        ["Common", "Core", "Impl", "Helpers", "Utils", "Utilities", "Misc", "Managers"];

    [Fact]
    public void Projects_reference_only_what_the_table_allows()
    {
        var allowed = TableRow().Matches(Repository.Read("docs/ARCHITECTURE.md"))
            .ToDictionary(
                row => row.Groups[1].Value,
                row => row.Groups[2].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                    .Select(name => "Shoal." + name).ToArray());
        var projects = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories);
        Assert.NotEmpty(projects);
        foreach (var project in projects)
        {
            var name = Path.GetFileNameWithoutExtension(project);
            Assert.True(allowed.ContainsKey(name), $"{name} is missing from the table");
            var references = XDocument.Load(project).Descendants("ProjectReference")
                .Select(element => Path.GetFileNameWithoutExtension(element.Attribute("Include")!.Value));
            Assert.All(references, reference => Assert.Contains(reference, allowed[name]));
        }
    }

    [Fact]
    public void Folders_have_names_that_say_something()
    {
        var folders = Directory.GetDirectories(Path.Combine(Repository.Root, "src"), "*", SearchOption.AllDirectories);
        Assert.DoesNotContain(folders, folder => ForbiddenFolders.Contains(Path.GetFileName(folder)));
    }

    [Fact]
    public void A_file_lies_in_the_folder_of_its_namespace()
    {
        foreach (var path in Repository.Sources())
        {
            var match = Namespace().Match(File.ReadAllText(path));
            if (match.Success)
            {
                var folder = Path.GetDirectoryName(Path.GetRelativePath(Path.Combine(Repository.Root, "src"), path))!;
                Assert.True(folder.Replace('/', '.') == match.Groups[1].Value, $"{path} declares {match.Groups[1].Value}");
            }
        }
    }

    [Fact]
    public void A_file_declares_one_type_and_has_its_name()
    {
        foreach (var path in Repository.Sources())
        {
            var types = TopLevelType().Matches(File.ReadAllText(path)).Select(match => match.Groups[1].Value).ToArray();
            if (types.Length > 0)
            {
                Assert.True(types.Length == 1 && types[0] == Path.GetFileName(path).Split('.')[0],
                    $"{path} declares {string.Join(", ", types)}");
            }
        }
    }

    [Fact]
    public void Only_the_binding_is_unsafe()
    {
        foreach (var project in Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories))
        {
            var isUnsafe = File.ReadAllText(project).Contains("AllowUnsafeBlocks", StringComparison.Ordinal);
            Assert.Equal(Path.GetFileName(project) == "Shoal.Sqlite.csproj", isUnsafe);
        }
    }

    [Fact]
    public void The_steps_of_a_write_are_marked_in_the_code()
    {
        var code = string.Concat(Repository.Sources().Select(File.ReadAllText));
        var described = Step().Matches(Repository.Read("docs/ARCHITECTURE.md").Split("## Follow a write")[1].Split("## Follow a read")[0])
            .Select(match => match.Groups[1].Value).ToArray();
        Assert.Equal(8, described.Length);
        Assert.All(described, number => Assert.Contains($"Step {number}:", code, StringComparison.Ordinal));
    }

    [Fact]
    public void Types_that_the_architecture_names_exist()
    {
        var names = Repository.Sources().Select(Path.GetFileNameWithoutExtension).ToHashSet(StringComparer.Ordinal);
        var text = Repository.Read("docs/ARCHITECTURE.md").Split("## Follow a write")[1];
        var mentioned = TypeName().Matches(text).Select(match => match.Groups[1].Value).Distinct().ToArray();
        Assert.NotEmpty(mentioned);
        Assert.All(mentioned, name => Assert.Contains(name, names));
    }

    [GeneratedRegex(@"^\| `(Shoal\.\w+)` \|[^|]*\|([^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex TableRow();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^(?:public|internal)[\w ]* (?:class|struct|enum|interface|record(?: struct)?) (\w+)", RegexOptions.Multiline)]
    private static partial Regex TopLevelType();

    [GeneratedRegex(@"^(\d)\. .*$", RegexOptions.Multiline)]
    private static partial Regex Step();

    [GeneratedRegex(@"`([A-Z][a-z]+[A-Z]\w+)(?:\.\w+)?`")]
    private static partial Regex TypeName();
}
