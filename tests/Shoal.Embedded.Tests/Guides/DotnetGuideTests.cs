using System.Data;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Shoal.Client.Ado;
using Shoal.Client.D1;

namespace Shoal.Embedded.Tests.Guides;

/// <summary>Goal: what docs/guides/dotnet.md shows works. Method: its code is here, run, and compared with the page.</summary>
public sealed partial class DotnetGuideTests
{
    public sealed record Product(long Id, string Name, double? Price);

    [Fact]
    public async Task The_guides_code_works()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TempFolder();
        var before = Environment.CurrentDirectory;
        Environment.CurrentDirectory = folder.Root;
        try
        {
            await RunAsync(server.Address, TestServer.Token);
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }

    [Fact]
    public void Every_line_of_code_in_the_guide_stands_in_this_file()
    {
        var here = File.ReadLines(Here()).Select(line => line.Trim()).ToHashSet(StringComparer.Ordinal);
        var page = File.ReadAllText(Path.Combine(Path.GetDirectoryName(Here())!, "../../../docs/guides/dotnet.md"));
        var lines = CodeBlock().Matches(page).SelectMany(match => match.Groups[1].Value.Split('\n'))
            .Select(line => line.Trim()).Where(line => line.Length > 0).ToArray();
        Assert.True(lines.Length > 35, "the guide has too little code");
        Assert.All(lines, line => Assert.Contains(line, here));
    }

    private static async Task RunAsync(Uri address, string token)
    {
        using var client = new ShoalClient(new ShoalClientOptions { Address = address, Account = "acme", Token = token });
        var shop = client.Database("tenant-1", createIfMissing: true);
        await shop.ExecAsync("CREATE TABLE products(id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL)");

        var services = new ServiceCollection();
        services.AddShoal(new ShoalClientOptions { Address = address, Account = "acme", Token = token });
        await using var provider = services.BuildServiceProvider();
        Assert.NotNull(provider.GetRequiredService<ShoalClient>());

        await using var engine = ShoalEngine.Open("data");
        var tenant = engine.Database("tenant-1", createIfMissing: true);
        Assert.Equal(1, await tenant.Prepare("SELECT 1").FirstAsync<int>());

        var insert = shop.Prepare("INSERT INTO products(id, name, price) VALUES (?, ?, ?)");
        await insert.Bind(1, "net", 9.5).RunAsync();
        await shop.BatchAsync(insert.Bind(2, "rod", 30), insert.Bind(3, "reel", SqlValue.Null));
        var rod = await shop.Prepare("SELECT id, name, price FROM products WHERE id = ?").Bind(2).FirstAsync<Product>();
        var all = await shop.Prepare("SELECT id, name, price FROM products ORDER BY id").AllAsync<Product>();
        var names = await shop.Prepare("SELECT name FROM products ORDER BY id").AllAsync(row => row.GetString(0));
        Assert.Equal(new Product(2, "rod", 30), rod);
        Assert.Equal(3, all.Count);
        Assert.Equal(["net", "rod", "reel"], names);

        var total = 0.0;
        await foreach (var product in shop.Prepare("SELECT id, name, price FROM products").StreamAsync<Product>())
        {
            total += product.Price ?? 0;
        }

        Assert.Equal(39.5, total);
        try
        {
            await shop.BatchAsync(insert.Bind(4, "line", 2), insert.Bind(1, "net again", 9));
        }
        catch (ShoalException error)
        {
            Console.WriteLine($"{error.Kind}, statement {error.StatementIndex}, may have been applied: {error.MayHaveBeenApplied}");
            Assert.Equal("Constraint 1 False", $"{error.Kind} {error.StatementIndex} {error.MayHaveBeenApplied}");
        }

        var session = shop.WithSession(SessionStart.FirstPrimary);
        await session.Prepare("UPDATE products SET price = price * 1.1").RunAsync();
        var later = client.Database("tenant-1").WithSession(session.Bookmark!);
        Assert.Equal(3, await later.Prepare("SELECT count(*) FROM products").FirstAsync<int>());

        var before = session.Bookmark!;
        await shop.ExecAsync("DELETE FROM products WHERE price > 20");
        var lost = await shop.AsOf(before).Prepare("SELECT id, name, price FROM products WHERE price > 20").AllAsync<Product>();
        await shop.BatchAsync([.. lost.Select(product => insert.Bind(product.Id, product.Name, product.Price))]);
        var hourAgo = shop.AsOf(DateTimeOffset.UtcNow.AddHours(-1));
        Assert.Equal(["net", "rod", "reel"], await shop.Prepare("SELECT name FROM products ORDER BY id").AllAsync<string>());
        Assert.Equal("rod", Assert.Single(lost).Name);
        var tooEarly = await Assert.ThrowsAsync<ShoalException>(() => hourAgo.Prepare("SELECT 1").FirstAsync<int>());
        Assert.Equal(ShoalErrorKind.InvalidRequest, tooEarly.Kind);

        await using var connection = new ShoalConnection($"Url={address};Account=acme;Token={token};Database=tenant-1");
        var cheap = await connection.QueryAsync<Product>("SELECT id, name, price FROM products WHERE price < @limit", new { limit = 20 });
        Assert.Equal("net", Assert.Single(cheap).Name);

        await using var source = engine.DataSource("tenant-1");
        await using var local = await source.OpenConnectionAsync();
        Assert.Equal(2, await local.ExecuteScalarAsync<int>("SELECT 2"));
        await using var byString = new ShoalConnection("Data Folder=data;Database=tenant-1");
        Assert.Equal(3, await byString.ExecuteScalarAsync<int>("SELECT 3"));

        SqlMapper.AddTypeMap(typeof(Guid), DbType.Guid, useGetFieldValue: true);
        SqlMapper.AddTypeMap(typeof(DateTime), DbType.DateTime, useGetFieldValue: true);
        SqlMapper.AddTypeMap(typeof(DateTimeOffset), DbType.DateTimeOffset, useGetFieldValue: true);

        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync("UPDATE products SET price = price - 1 WHERE id = @id", new { id = 1 }, transaction);
        await transaction.CommitAsync();
        Assert.Equal(9.45, await connection.ExecuteScalarAsync<double>("SELECT price FROM products WHERE id = 1"), tolerance: 0.001);
    }

    private static string Here([CallerFilePath] string path = "") => path;

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
