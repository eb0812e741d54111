using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Shoal.Analyzers.Tests;

public sealed class RowByRowAnalyzerTests
{
    public static TheoryData<string, string, string> PerRow => new()
    {
        // This client.
        { "SHOAL001", "a foreach loop", "foreach (var row in rows) { await insert.Bind(row.Id, row.Name).RunAsync(token); }" },
        { "SHOAL001", "a foreach loop", """foreach (var row in rows) await db.Prepare("INSERT INTO t VALUES (?, ?)").Bind(row.Id, row.Name).RunAsync();""" },
        { "SHOAL001", "a for loop", "for (var i = 0; i < rows.Count; i++) { await insert.Bind(i).RunAsync(); }" },
        { "SHOAL001", "an await foreach loop", "await foreach (var row in stream) { await insert.Bind(row.Id).RunAsync(); }" },
        { "SHOAL001", "a while loop", "while (channel.Reader.TryRead(out var row)) { await insert.Bind(row.Id).RunAsync(); }" },
        { "SHOAL001", "a while loop", "while (await reader.ReadAsync(token)) { await insert.Bind(reader.GetInt32(0)).RunAsync(); }" },
        { "SHOAL001", "a do loop", "var i = 0; do { await insert.Bind(i).RunAsync(); } while (i++ < rows.Count);" },
        { "SHOAL001", "a foreach loop", "foreach (var row in rows) { insert.Bind(row.Id).RunAsync().GetAwaiter().GetResult(); }" },
        { "SHOAL001", "a foreach loop", "foreach (var row in rows) { insert.Bind(row.Id).RunAsync().Wait(token); }" },
        { "SHOAL001", "a foreach loop", "var all = new List<Task>(); foreach (var row in rows) { all.Add(insert.Bind(row.Id).RunAsync()); } await Task.WhenAll(all);" },
        { "SHOAL001", "a foreach loop", "foreach (var row in rows) { await Task.Run(() => insert.Bind(row.Id).RunAsync(), token); }" },
        { "SHOAL001", "a foreach loop", "foreach (var row in rows) { if (row.Id > 0) { await insert.Bind(row.Id).RunAsync(); } }" },
        { "SHOAL001", "a foreach loop", "foreach (var row in rows) { try { await insert.Bind(row.Id).RunAsync(); } catch (ShoalException) { continue; } }" },
        { "SHOAL001", "a foreach loop", """foreach (var row in rows) { for (var attempt = 0; ; attempt++) { try { await insert.Bind(row.Id).RunAsync(); break; } catch (ShoalException) when (attempt < 3) { await Task.Delay(10, token); } } }""" },
        { "SHOAL001", "a foreach loop", """var fields = rows.Select(row => row.Name.Split(';')); foreach (var field in fields) { await insert.Bind(field[0], field[1]).RunAsync(); }""" },
        { "SHOAL001", "a Select", "await Task.WhenAll(rows.Select(row => insert.Bind(row.Id).RunAsync()));" },
        { "SHOAL001", "a Select", "await Task.WhenAll(rows.Select(async row => { await insert.Bind(row.Id).RunAsync(token); }));" },
        { "SHOAL001", "a ForEach", "rows.ToList().ForEach(async row => await insert.Bind(row.Id).RunAsync());" },
        { "SHOAL001", "Parallel.ForEachAsync", "await Parallel.ForEachAsync(rows, token, async (row, t) => await insert.Bind(row.Id).RunAsync(t));" },
        { "SHOAL001", "Parallel.ForAsync", "await Parallel.ForAsync(0, rows.Count, async (i, t) => await insert.Bind(i).RunAsync(t));" },
        { "SHOAL001", "a foreach loop", """foreach (var row in rows) { await db.Prepare("DELETE FROM t WHERE id = ?").Bind(row.Id).AsIdempotent().RunAsync(); }""" },
        { "SHOAL001", "a foreach loop", """var update = db.Prepare("UPDATE t SET name = ? WHERE id = ?"); foreach (var row in rows) { await update.Bind(row.Name, row.Id).RunAsync(); }""" },
        { "SHOAL001", "a foreach loop", """Func<Task> all = async () => { var own = client.Database("one"); foreach (var row in rows) { await own.Prepare("INSERT INTO t VALUES (?)").Bind(row.Id).RunAsync(); } }; await all();""" },

        // ADO.NET.
        { "SHOAL002", "a foreach loop", "foreach (var row in rows) { command.Parameters[0].Value = row.Id; await command.ExecuteNonQueryAsync(token); }" },
        { "SHOAL002", "a foreach loop", "foreach (var row in rows) { command.Parameters[0].Value = row.Id; command.ExecuteNonQuery(); }" },
        { "SHOAL002", "a foreach loop", "IDbCommand old = command; foreach (var row in rows) { old.ExecuteNonQuery(); }" },
        { "SHOAL002", "a while loop", """while (reader.Read()) { using var one = connection.CreateCommand(); one.CommandText = "INSERT INTO t VALUES (@id)"; one.ExecuteNonQuery(); }""" },
        { "SHOAL002", "a foreach loop", "foreach (var row in rows) { sqliteCommand.Parameters[0].Value = row.Id; sqliteCommand.ExecuteNonQuery(); }" },

        // Dapper.
        { "SHOAL003", "a foreach loop", """foreach (var row in rows) { await connection.ExecuteAsync("INSERT INTO t VALUES (@Id, @Name)", row); }""" },
        { "SHOAL003", "a foreach loop", """foreach (var row in rows) { connection.Execute("UPDATE t SET name = @Name WHERE id = @Id", new { row.Id, row.Name }); }""" },
        { "SHOAL003", "a Select", """await Task.WhenAll(rows.Select(row => connection.ExecuteAsync("INSERT INTO t VALUES (@Id)", row)));""" },
        { "SHOAL003", "a foreach loop", """foreach (var row in rows) { await connection.ExecuteAsync(new CommandDefinition("INSERT INTO t VALUES (@Id)", row, cancellationToken: token)); }""" },

        // EF Core.
        { "SHOAL004", "a foreach loop", "foreach (var row in rows) { shop.Items.Add(new Item { Id = row.Id }); await shop.SaveChangesAsync(token); }" },
        { "SHOAL004", "a foreach loop", "foreach (var row in rows) { shop.Add(new Item { Id = row.Id }); shop.SaveChanges(); }" },
        { "SHOAL004", "a for loop", "for (var i = 0; i < rows.Count; i++) { shop.Add(new Item { Id = i }); await ((DbContext)shop).SaveChangesAsync(token); }" },
    };

    public static TheoryData<string> Batched =>
    [
        // Batches, and chunks of rows.
        "foreach (var chunk in rows.Chunk(100)) { await db.BatchAsync([.. chunk.Select(row => insert.Bind(row.Id))]); }",
        "foreach (var chunk in rows.Chunk(33)) { await insert.Bind([.. chunk.Select(row => (SqlValue)row.Id)]).RunAsync(); }",
        "var chunks = rows.Chunk(33).ToList(); foreach (var chunk in chunks) { await insert.Bind(chunk.Length).RunAsync(); }",
        "await Task.WhenAll(rows.Chunk(33).Select(chunk => insert.Bind(chunk.Length).RunAsync()));",
        "await Parallel.ForEachAsync(rows.Chunk(33), token, async (chunk, t) => await insert.Bind(chunk.Length).RunAsync(t));",
        "foreach (var group in rows.GroupBy(row => row.Name)) { await insert.Bind(group.Key).RunAsync(); }",
        "for (var i = 0; i < rows.Count; i += 100) { await insert.Bind(i).RunAsync(); }",
        """foreach (var row in rows) { await db.Prepare("INSERT INTO t SELECT value ->> 0 FROM json_each(?)").Bind(row.Name).RunAsync(); }""",
        """foreach (var row in rows) { await db.Prepare("INSERT INTO t(a, b) VALUES (?, ?), (?, ?)").Bind(1, 2, 3, 4).RunAsync(); }""",
        """foreach (var row in rows) { await db.Prepare("INSERT INTO t VALUES " + string.Join(',', row.Tags.Select(_ => "(?)"))).RunAsync(); }""",
        "var some = new List<Row>(); foreach (var row in rows) { some.Add(row); if (some.Count >= 100) { await insert.Bind(some.Count).RunAsync(); some.Clear(); } }",
        "var n = 0; foreach (var row in rows) { if (++n % 100 == 0) { await insert.Bind(row.Id).RunAsync(); } }",

        // What writes no rows.
        """foreach (var row in rows) { await db.Prepare("SELECT * FROM t WHERE id = ?").Bind(row.Id).RunAsync(); }""",
        """foreach (var row in rows) { await db.Prepare("WITH n AS (SELECT 1) SELECT * FROM n").RunAsync(); }""",
        """foreach (var name in new[] { "a", "b" }) { await db.Prepare($"CREATE TABLE {name}(id)").RunAsync(); }""",
        """foreach (var row in rows) { await db.Prepare("SELECT name FROM t WHERE id = ?").Bind(row.Id).FirstAsync<string>(); }""",
        """using var one = connection.CreateCommand(); one.CommandText = "PRAGMA foreign_keys = ON"; foreach (var row in rows) { one.ExecuteNonQuery(); }""",
        """foreach (var name in new[] { "a", "b" }) { await connection.ExecuteAsync("DROP TABLE old"); }""",
        "foreach (var row in rows) { await command.ExecuteScalarAsync(token); }",

        // What runs once, for each database, or at its own pace.
        "await insert.Bind(1).RunAsync();",
        "foreach (var row in rows) { if (row.Id == 7) { await insert.Bind(row.Id).RunAsync(); break; } }",
        "while (true) { try { await insert.Bind(1).RunAsync(); return; } catch (ShoalException) { await Task.Delay(10, token); } }",
        "for (var attempt = 0; attempt < 3; attempt++) { await insert.Bind(1).RunAsync(); }",
        "while (!token.IsCancellationRequested) { await insert.Bind(1).RunAsync(); await Task.Delay(1000, token); }",
        "using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1)); while (await timer.WaitForNextTickAsync(token)) { await insert.Bind(1).RunAsync(); }",
        """foreach (var row in rows) { await client.Database(row.Name).Prepare("INSERT INTO t VALUES (?)").Bind(row.Id).RunAsync(); }""",
        """foreach (var row in rows) { var own = client.Database(row.Name); await own.Prepare("INSERT INTO t VALUES (?)").Bind(row.Id).RunAsync(); }""",
        """var all = new[] { db }; foreach (var one in all) { await one.Prepare("INSERT INTO t VALUES (1)").RunAsync(); }""",
        """var all = new[] { db }; await Task.WhenAll(all.Select(one => one.Prepare("INSERT INTO t VALUES (1)").RunAsync()));""",
        "var handlers = new List<Func<Task>>(); foreach (var row in rows) { handlers.Add(() => insert.Bind(row.Id).RunAsync()); } await handlers[0]();",
        "foreach (var row in rows) { async Task One() => await insert.Bind(1).RunAsync(); GC.KeepAlive((Func<Task>)One); }",

        // ADO.NET, Dapper and EF Core done well.
        """await using var one = await connection.BeginTransactionAsync(token); foreach (var row in rows) { sqliteCommand.Parameters[0].Value = row.Id; sqliteCommand.ExecuteNonQuery(); } await one.CommitAsync(token);""",
        "using var batch = connection.CreateBatch(); foreach (var row in rows) { batch.BatchCommands.Add(batch.CreateBatchCommand()); } await batch.ExecuteNonQueryAsync(token);",
        """await connection.ExecuteAsync("INSERT INTO t VALUES (@Id)", rows);""",
        """foreach (var chunk in rows.Chunk(100)) { await connection.ExecuteAsync("INSERT INTO t VALUES (@Id)", chunk); }""",
        "foreach (var row in rows) { shop.Items.Add(new Item { Id = row.Id }); } await shop.SaveChangesAsync(token);",
        "foreach (var chunk in rows.Chunk(100)) { shop.Items.AddRange(chunk.Select(row => new Item { Id = row.Id })); await shop.SaveChangesAsync(token); }",
        "var n = 0; foreach (var row in rows) { shop.Items.Add(new Item { Id = row.Id }); if (++n % 500 == 0) { await shop.SaveChangesAsync(token); } }",
        "foreach (var row in rows) { foreach (var tag in row.Tags) { shop.Items.Add(new Item { Name = tag }); } await shop.SaveChangesAsync(token); }",
    ];

    [Theory]
    [MemberData(nameof(PerRow))]
    public async Task A_write_per_row_is_found(string id, string where, string body)
    {
        var found = Assert.Single(await Snippet.FindAsync(body));

        Assert.Equal(id, found.Id);
        Assert.Contains($" in {where} costs ", found.GetMessage(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Batched))]
    public async Task What_is_batched_or_not_per_row_is_left_alone(string body) => Assert.Empty(await Snippet.FindAsync(body));

    [Theory]
    [InlineData("foreach (var row in rows) { await insert.Bind(row.Id).RunAsync(); }", "one round trip and one commit per row")]
    [InlineData("foreach (var row in rows) { sqliteCommand.ExecuteNonQuery(); }", "one commit per row")]
    [InlineData("using var all = connection.BeginTransaction(); foreach (var row in rows) { command.ExecuteNonQuery(); }",
        "one round trip per row")]
    public async Task The_message_says_what_it_costs(string body, string cost) =>
        Assert.Contains($" costs {cost}; ", Assert.Single(await Snippet.FindAsync(body)).GetMessage(), StringComparison.Ordinal);

    [Fact]
    public async Task The_place_is_the_call()
    {
        var found = Assert.Single(await Snippet.FindAsync("foreach (var row in rows) { await insert.Bind(row.Id).RunAsync(token); }"));

        Assert.Equal("insert.Bind(row.Id).RunAsync(token)", found.Location.SourceTree!.GetText(TestContext.Current.CancellationToken)
            .ToString(found.Location.SourceSpan));
    }

    [Fact]
    public async Task Without_any_of_the_libraries_nothing_is_looked_at()
    {
        var text = "class Nothing { void Run() { for (var i = 0; i < 3; i++) { RunAsync(); } } void RunAsync() { } }";

        Assert.Empty(await Snippet.FindInAsync(text, new RowByRowAnalyzer()));
    }

    /// <summary>An editor runs the analyzer on code that does not compile.</summary>
    [Theory]
    [InlineData("var all = all.ToList(); foreach (var row in all) { await insert.Bind(1).RunAsync(); }")]
    [InlineData("var self = self.Bind(1); foreach (var row in rows) { await self.RunAsync(); }")]
    [InlineData("foreach (var row in ) { await insert.Bind(.RunAsync(); }")]
    [InlineData("foreach (var row in rows) { await db.Prepare().Bind(row.Id).RunAsync(); command.CommandText = ; command.ExecuteNonQuery(); }")]
    public async Task Code_that_is_being_written_ends_in_no_failure(string body)
    {
        var found = await Snippet.Compile(Snippet.Whole(body)).WithAnalyzers([new RowByRowAnalyzer()])
            .GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);

        // A failure of an analyzer is a diagnostic of its own.
        Assert.DoesNotContain(found, static one => one.Id == "AD0001");
    }

    [Fact]
    public void Every_rule_has_a_section_in_the_reference()
    {
        var page = File.ReadAllText(Checkout.Combine("docs/reference/analyzers.md"));
        var rules = new RowByRowAnalyzer().SupportedDiagnostics.Concat(new Rows.RowShapeAnalyzer().SupportedDiagnostics).ToArray();

        Assert.Equal(5, rules.Length);
        Assert.All(rules, rule => Assert.Contains($"## {rule.Id}\n", page, StringComparison.Ordinal));
        Assert.All(rules, rule => Assert.Equal($"docs/reference/analyzers.md#{rule.Id.ToLowerInvariant()}", rule.HelpLinkUri));
    }
}
