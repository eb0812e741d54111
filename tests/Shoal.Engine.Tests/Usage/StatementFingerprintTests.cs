using System.Text;
using Shoal.Engine.Usage;

namespace Shoal.Engine.Tests.Usage;

public sealed class StatementFingerprintTests
{
    [Theory]
    [InlineData(" SELECT  a\nFROM t -- note\n WHERE b = 'x' ; ", "SELECT a FROM t WHERE b = ?")]
    [InlineData("SELECT a FROM t WHERE b=5 AND c>=-1.5e+3 AND d = x'00ff'", "SELECT a FROM t WHERE b=? AND c>=-? AND d = ?")]
    [InlineData("SELECT a FROM t WHERE b = 'it''s' AND c = \"d\"", "SELECT a FROM t WHERE b = ? AND c = \"d\"")]
    [InlineData("SELECT a FROM t WHERE active = 1 AND gone = 0", "SELECT a FROM t WHERE active = 1 AND gone = 0")]
    [InlineData("SELECT a FROM t WHERE b IN (1, 2,3)", "SELECT a FROM t WHERE b IN (?)")]
    [InlineData("SELECT a FROM t WHERE b IN (?1, 'x', -3) AND c = 7", "SELECT a FROM t WHERE b IN (?) AND c = ?")]
    [InlineData("SELECT a FROM t WHERE b IN (SELECT c FROM u WHERE d = 3)", "SELECT a FROM t WHERE b IN (SELECT c FROM u WHERE d = ?)")]
    [InlineData("INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')", "INSERT INTO t VALUES (1, ?)")]
    [InlineData("INSERT INTO t(a) VALUES (?),(?) ON CONFLICT DO UPDATE SET a = 5",
        "INSERT INTO t(a) VALUES (?) ON CONFLICT DO UPDATE SET a = ?")]
    [InlineData("INSERT INTO t VALUES (f(2, 3)), (f(4, 5))", "INSERT INTO t VALUES (f(?, ?))")]
    [InlineData("SELECT a, b FROM t GROUP BY 1, 2 ORDER BY 2 DESC, 1 LIMIT 20", "SELECT a, b FROM t GROUP BY 1, 2 ORDER BY 2 DESC, 1 LIMIT ?")]
    [InlineData("SELECT a FROM t ORDER BY f(a, 7), 2", "SELECT a FROM t ORDER BY f(a, ?), 2")]
    [InlineData("SELECT a FROM t WHERE b = :name AND c = @x AND d = $y", "SELECT a FROM t WHERE b = :name AND c = @x AND d = $y")]
    [InlineData("SELECT [a b], `c` FROM \"t\"", "SELECT [a b], `c` FROM \"t\"")]
    [InlineData("SELECT 0x1F, 1e5, .5", "SELECT ?, ?, ?")]
    [InlineData("SELECT 'unfinished", "SELECT ?")]
    [InlineData("SELECT a FROM t1 WHERE x2 = y3", "SELECT a FROM t1 WHERE x2 = y3")]
    [InlineData("", "")]
    public void Values_go_and_what_decides_the_plan_stays(string sql, string text) =>
        Assert.Equal(text, StatementFingerprint.Of(Encoding.UTF8.GetBytes(sql)).Text);

    [Fact]
    public void A_long_text_is_cut_at_a_character()
    {
        var fingerprint = StatementFingerprint.Of(Encoding.UTF8.GetBytes("SELECT \"" + new string('é', 5_000) + "\""));

        Assert.InRange(Encoding.UTF8.GetByteCount(fingerprint.Text),
            StatementFingerprint.TextBytesMax - 1, StatementFingerprint.TextBytesMax);
        Assert.EndsWith("éé", fingerprint.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_with_other_values_are_the_same_statement()
    {
        var one = StatementFingerprint.Of("SELECT a FROM t WHERE b = 'x' LIMIT 5"u8);
        var other = StatementFingerprint.Of("SELECT a FROM t\nWHERE b = 'y' LIMIT 50;"u8);

        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.NotEqual(one, StatementFingerprint.Of("SELECT b FROM t WHERE b = 'x' LIMIT 5"u8));
    }

    /// <summary>Goal: no text, however broken, makes it fail or loop. Method: random pieces of SQL; the seed is printed.</summary>
    [Fact]
    public void Any_text_has_a_fingerprint_without_its_strings()
    {
        string[] pieces =
            ["SELECT", "IN", "(", ")", ",", "'secret'", "VALUES", "BY", "5", "?", "x'00'", "\"n\"", "--", "/*", "*/", "\n", ";", "é", "["];
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 5_000; round++)
        {
            var sql = string.Concat(Enumerable.Range(0, random.Next(30))
                .Select(_ => pieces[random.Next(pieces.Length)] + (random.Next(2) == 0 ? " " : "")));
            var text = StatementFingerprint.Of(Encoding.UTF8.GetBytes(sql)).Text;

            // Inside of brackets or quotes that a piece left open, a string is a part of a name.
            Assert.True(sql.Contains('[') || sql.Contains('"') || !text.Contains("secret", StringComparison.Ordinal), $"seed {seed}: {sql} -> {text}");
        }
    }
}
