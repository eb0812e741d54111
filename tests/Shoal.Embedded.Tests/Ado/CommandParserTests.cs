using Shoal.Client.Ado;

namespace Shoal.Embedded.Tests.Ado;

public sealed class CommandParserTests
{
    [Theory]
    [InlineData("SELECT @a, :b, $a, @a", "SELECT ?1, ?2, ?3, ?1", "@a :b $a")]
    [InlineData("SELECT ?, ?", "SELECT ?1, ?2", "0 1")]
    [InlineData("SELECT ?2, ?1, ?2", "SELECT ?1, ?2, ?1", "1 0")]
    [InlineData("SELECT '@a ; ''?', \"x?\"\"\", `?`, [@b], x'00'", "SELECT '@a ; ''?', \"x?\"\"\", `?`, [@b], x'00'", "")]
    [InlineData("SELECT 1 -- ? ; @a\n, @b /* ; ? */", "SELECT 1 -- ? ; @a\n, ?1 /* ; ? */", "@b")]
    [InlineData("SELECT a->>'$.b', @größe FROM t", "SELECT a->>'$.b', ?1 FROM t", "@größe")]
    [InlineData("SELECT a$b, $c", "SELECT a$b, ?1", "$c")]
    public void Parameters_become_numbers_except_where_they_are_text(string sql, string expected, string uses)
    {
        var only = Assert.Single(CommandParser.Parse(sql));
        Assert.Equal(expected, only.Text.Sql);
        Assert.Equal(uses, string.Join(' ', only.Parameters.Select(use => use.Name ?? use.Position.ToString())));
    }

    [Theory]
    [InlineData("SELECT 1; SELECT 2;", "SELECT 1|SELECT 2")]
    [InlineData(";; -- nothing\n ; SELECT 1 ; /* end */", "SELECT 1")]
    [InlineData("CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM u; SELECT CASE WHEN 1 THEN 2 END; END; SELECT 1",
        "CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM u; SELECT CASE WHEN 1 THEN 2 END; END|SELECT 1")]
    [InlineData("create temp trigger x after insert on t begin select 1; end ; SELECT 1",
        "create temp trigger x after insert on t begin select 1; end|SELECT 1")]
    [InlineData("CREATE TABLE trigger_end(a); SELECT 1", "CREATE TABLE trigger_end(a)|SELECT 1")]
    [InlineData("  -- only a comment", "")]
    [InlineData("SELECT 'never closed; SELECT 2", "SELECT 'never closed; SELECT 2")]
    public void Texts_are_cut_into_statements(string sql, string expected) =>
        Assert.Equal(expected, string.Join('|', CommandParser.Parse(sql).Select(one => one.Text.Sql)));

    [Fact]
    public void Positions_go_on_over_the_statements_of_a_text()
    {
        var parsed = CommandParser.Parse("INSERT INTO t VALUES (?, ?); SELECT ?");
        Assert.Equal([0, 1], parsed[0].Parameters.Select(use => use.Position));
        Assert.Equal([2], parsed[1].Parameters.Select(use => use.Position));
    }

    [Fact]
    public void A_parameter_that_is_none_is_refused() => Assert.Throws<FormatException>(() => CommandParser.Parse("SELECT ?0"));
}
