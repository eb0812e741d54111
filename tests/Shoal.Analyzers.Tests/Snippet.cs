using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Shoal.Analyzers.Tests;

/// <summary>The body of a method that has databases of all libraries at hand, compiled against their real assemblies.</summary>
internal static class Snippet
{
    private const string Before = """
        using System;
        using System.Collections.Generic;
        using System.Data;
        using System.Data.Common;
        using System.Linq;
        using System.Text;
        using System.Threading;
        using System.Threading.Channels;
        using System.Threading.Tasks;
        using Dapper;
        using Microsoft.EntityFrameworkCore;
        using Shoal.Client;
        using Shoal.Client.Bulk;
        using Shoal.Client.D1;

        internal sealed record Row(int Id, string Name, IReadOnlyList<string> Tags);

        internal sealed class Item
        {
            public int Id { get; set; }
            public string? Name { get; set; }
        }

        internal sealed class Shop : DbContext
        {
            public DbSet<Item> Items => Set<Item>();
        }

        internal abstract class SqliteConnection : DbConnection;

        internal abstract class SqliteCommand : DbCommand;

        internal sealed class Import(Database db, ShoalClient client, Statement insert, DbConnection connection, DbCommand command,
            SqliteConnection sqlite, SqliteCommand sqliteCommand, Shop shop, DbDataReader reader, Channel<Row> channel)
        {
            public async Task RunAsync(IReadOnlyList<Row> rows, IAsyncEnumerable<Row> stream, CancellationToken token)
            {
                await Task.Yield();

        """;

    private const string After = """

            }

            private object[] All() => [db, client, insert, connection, command, sqlite, sqliteCommand, shop, reader, channel];
        }
        """;

    private static readonly CSharpParseOptions Language = new(LanguageVersion.Preview);

    /// <summary>Everything that the tests themselves run with.</summary>
    public static ImmutableArray<MetadataReference> References { get; } =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(static path => MetadataReference.CreateFromFile(path))];

    public static string Whole(string body) => Before + body + After;

    public static CSharpCompilation Compile(string text, params string[] more) => CSharpCompilation.Create("Snippet",
        more.Prepend(text).Select(static (one, index) => CSharpSyntaxTree.ParseText(one, Language, $"file{index}.cs")), References,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    public static void MustCompile(Compilation compilation, CancellationToken cancellation) =>
        Assert.Empty(compilation.GetDiagnostics(cancellation).Where(static one => one.Severity == DiagnosticSeverity.Error));

    /// <summary>What the analyzer says of a body.</summary>
    public static Task<ImmutableArray<Diagnostic>> FindAsync(string body) => FindInAsync(Whole(body), new RowByRowAnalyzer());

    public static async Task<ImmutableArray<Diagnostic>> FindInAsync(string text, DiagnosticAnalyzer analyzer)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var compilation = Compile(text);
        MustCompile(compilation, cancellation);
        return await compilation.WithAnalyzers([analyzer]).GetAnalyzerDiagnosticsAsync(cancellation);
    }

    /// <summary>The body after the one fix that is offered, compiled; null when none is offered.</summary>
    public static async Task<string?> FixAsync(string body, CodeFixProvider provider)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var workspace = new AdhocWorkspace();
        var project = workspace.AddProject(ProjectInfo.Create(ProjectId.CreateNewId(), VersionStamp.Default, "Snippet", "Snippet",
            LanguageNames.CSharp, parseOptions: Language, metadataReferences: References,
            compilationOptions: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable)));
        var document = workspace.AddDocument(project.Id, "file0.cs", SourceText.From(Whole(body)));
        var found = Assert.Single(await FindAsync(body));
        var tree = await document.GetSyntaxTreeAsync(cancellation);
        var actions = new List<CodeAction>();
        await provider.RegisterCodeFixesAsync(new CodeFixContext(document,
            Diagnostic.Create(found.Descriptor, Location.Create(tree!, found.Location.SourceSpan)), (action, _) => actions.Add(action),
            cancellation));
        if (actions.Count == 0)
        {
            return null;
        }

        var operation = Assert.IsType<ApplyChangesOperation>(Assert.Single(await Assert.Single(actions).GetOperationsAsync(cancellation)));
        var changed = operation.ChangedSolution.GetDocument(document.Id)!;
        MustCompile((await changed.Project.GetCompilationAsync(cancellation))!, cancellation);
        var text = (await changed.GetTextAsync(cancellation)).ToString();
        return text[text.IndexOf("Task.Yield();", StringComparison.Ordinal)..text.IndexOf("private object[] All()", StringComparison.Ordinal)];
    }
}
