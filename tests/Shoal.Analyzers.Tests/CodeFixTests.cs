using Shoal.CodeFixes;

namespace Shoal.Analyzers.Tests;

public sealed class CodeFixTests
{
    [Theory]
    [InlineData(
        """foreach (var row in rows) { await db.Prepare("INSERT INTO t VALUES (?)").Bind(row.Id).RunAsync(); }""",
        """
        var batch = new List<Statement>();
        foreach (var row in rows)
        {
            batch.Add(db.Prepare("INSERT INTO t VALUES (?)").Bind(row.Id));
            if (batch.Count == 100)
            {
                await db.BatchAsync(batch);
                batch.Clear();
            }
        }
        await db.BatchAsync(batch);
        """)]
    [InlineData(
        """
        var update = db.Prepare("UPDATE t SET name = ? WHERE id = ?");
        await foreach (var row in stream.WithCancellation(token))
        {
            if (row.Id == 0) continue;
            var name = row.Name.Trim();
            await update.Bind(name, row.Id).RunAsync(token).ConfigureAwait(false);
        }
        """,
        """
        var update = db.Prepare("UPDATE t SET name = ? WHERE id = ?");
        var batch = new List<Statement>();
        await foreach (var row in stream.WithCancellation(token))
        {
            if (row.Id == 0) continue;
            var name = row.Name.Trim();
            batch.Add(update.Bind(name, row.Id));
            if (batch.Count == 100)
            {
                await db.BatchAsync(batch, token).ConfigureAwait(false);
                batch.Clear();
            }
        }
        await db.BatchAsync(batch, token).ConfigureAwait(false);
        """)]
    [InlineData(
        """
        var batch = 1;
        for (var i = 0; i < rows.Count; i++) await db.Prepare("DELETE FROM t WHERE id = ?").Bind(i + batch).RunAsync();
        """,
        """
        var batch = 1;
        var batch2 = new List<Statement>();
        for (var i = 0; i < rows.Count; i++)
        {
            batch2.Add(db.Prepare("DELETE FROM t WHERE id = ?").Bind(i + batch));
            if (batch2.Count == 100)
            {
                await db.BatchAsync(batch2);
                batch2.Clear();
            }
        }
        await db.BatchAsync(batch2);
        """)]
    [InlineData(
        """await Task.WhenAll(rows.Select(row => db.Prepare("INSERT INTO t VALUES (?)").Bind(row.Id).RunAsync(token)));""",
        """
        foreach (var chunk in rows.Chunk(100))
        {
            await db.BatchAsync([.. chunk.Select(row => db.Prepare("INSERT INTO t VALUES (?)").Bind(row.Id))], token);
        }
        """)]
    public async Task A_statement_per_row_becomes_batches(string body, string wanted)
    {
        var made = await Snippet.FixAsync(body, new BatchFix());

        Assert.NotNull(made);
        Assert.Contains(Words(wanted), Words(made), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("foreach (var row in rows) { shop.Items.Add(new Item { Id = row.Id }); await shop.SaveChangesAsync(token); }",
        "foreach (var row in rows) { shop.Items.Add(new Item { Id = row.Id }); } await shop.SaveChangesAsync(token);")]
    [InlineData("foreach (var row in rows) { if (row.Id == 0) continue; shop.Add(new Item { Id = row.Id }); shop.SaveChanges(); }",
        "foreach (var row in rows) { if (row.Id == 0) continue; shop.Add(new Item { Id = row.Id }); } shop.SaveChanges();")]
    public async Task Changes_are_saved_after_the_loop(string body, string wanted) =>
        Assert.Contains(Words(wanted), Words(await Snippet.FixAsync(body, new SaveOnceFix()) ?? ""), StringComparison.Ordinal);

    /// <summary>The result is used, the database is not known, or something would run in another order.</summary>
    [Theory]
    [InlineData("foreach (var row in rows) { await insert.Bind(row.Id).RunAsync(); }")]
    [InlineData("""foreach (var row in rows) { var meta = await db.Prepare("INSERT INTO t VALUES (?)").Bind(row.Id).RunAsync(); GC.KeepAlive(meta); }""")]
    [InlineData("""foreach (var row in rows) { await db.Prepare("INSERT INTO t VALUES (?)").Bind(row.Id).RunAsync(); Console.WriteLine(row); }""")]
    [InlineData("""foreach (var row in rows) { await Task.Yield(); await db.Prepare("INSERT INTO t VALUES (?)").Bind(row.Id).RunAsync(); }""")]
    [InlineData("""foreach (var row in rows) { if (row.Id == 0) break; await db.Prepare("INSERT INTO t VALUES (?)").Bind(row.Id).RunAsync(); }""")]
    [InlineData("""foreach (var row in rows) { using var own = CancellationTokenSource.CreateLinkedTokenSource(token); await db.Prepare("INSERT INTO t VALUES (?)").Bind(row.Id).RunAsync(own.Token); }""")]
    [InlineData("""foreach (var row in rows) { try { await db.Prepare("INSERT INTO t VALUES (?)").Bind(row.Id).RunAsync(); } catch (ShoalException) { } }""")]
    [InlineData("""foreach (var row in rows) { db.Prepare("INSERT INTO t VALUES (?)").Bind(row.Id).RunAsync().Wait(); }""")]
    [InlineData("""rows.ToList().ForEach(async row => await db.Prepare("INSERT INTO t VALUES (?)").Bind(row.Id).RunAsync());""")]
    [InlineData("""var metas = await Task.WhenAll(rows.Select(row => db.Prepare("INSERT INTO t VALUES (?)").Bind(row.Id).RunAsync())); GC.KeepAlive(metas);""")]
    public async Task Where_a_batch_would_change_more_than_its_title_says_none_is_offered(string body) =>
        Assert.Null(await Snippet.FixAsync(body, new BatchFix()));

    [Theory]
    [InlineData("foreach (var row in rows) { shop.Add(new Item()); await shop.SaveChangesAsync(token); Console.WriteLine(row); }")]
    [InlineData("foreach (var row in rows) { var count = await shop.SaveChangesAsync(token); GC.KeepAlive(count); }")]
    [InlineData("foreach (var row in rows) { await using var own = new Shop(); own.Add(new Item()); await own.SaveChangesAsync(token); }")]
    [InlineData("foreach (var row in rows) { if (row.Id == 0) { return; } shop.Add(new Item()); await shop.SaveChangesAsync(token); }")]
    public async Task Where_saving_later_would_change_more_than_its_title_says_it_is_not_offered(string body) =>
        Assert.Null(await Snippet.FixAsync(body, new SaveOnceFix()));

    private static string Words(string code) => string.Concat(code.Where(static character => !char.IsWhiteSpace(character)));
}
