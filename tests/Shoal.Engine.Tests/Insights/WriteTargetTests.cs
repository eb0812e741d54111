using Shoal.Engine.Insights;

namespace Shoal.Engine.Tests.Insights;

public sealed class WriteTargetTests
{
    [Theory]
    [InlineData("INSERT INTO t VALUES (?)", "t")]
    [InlineData("insert or ignore into \"my t\"(a) SELECT b FROM u", "my t")]
    [InlineData("REPLACE INTO main.t VALUES (?)", "t")]
    [InlineData("UPDATE t SET a = ?", "t")]
    [InlineData("UPDATE OR IGNORE t SET a = ?", "t")]
    [InlineData("DELETE FROM t WHERE a = ?", "t")]
    [InlineData("WITH n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) INSERT INTO t SELECT i FROM n", "t")]
    [InlineData("WITH n AS (SELECT a FROM u) SELECT replace(a, ?, ?) FROM n", null)]
    [InlineData("SELECT * FROM t", null)]
    [InlineData("CREATE TABLE t(a)", null)]
    [InlineData("(import)", null)]
    [InlineData("INSERT INTO", null)]
    [InlineData("", null)]
    public void The_table_that_is_written_is_found(string sql, string? table) => Assert.Equal(table, WriteTarget.Of(sql));
}
