namespace Shoal.Cli.Lint;

/// <summary>A sort of write, and what to do instead.</summary>
/// <param name="Id">As in docs/reference/analyzers.md.</param>
/// <param name="What">What runs per row, with an article.</param>
/// <param name="Hint">What to do.</param>
internal sealed record WriteRule(string Id, string What, string Hint)
{
    public static readonly WriteRule Statement = new("SHOAL001", "a statement",
        "collect the statements and send them with BatchAsync, or hand the rows to InsertManyAsync");

    public static readonly WriteRule Command = new("SHOAL002", "an ADO.NET command",
        "use a DbBatch or a statement with many rows, inside of one transaction");

    public static readonly WriteRule Dapper = new("SHOAL003", "Dapper's Execute",
        "use a statement with many rows, or one transaction around the loop");

    public static readonly WriteRule SaveChanges = new("SHOAL004", "SaveChanges",
        "save once after the loop, or every some hundred rows");

    public static readonly WriteRule D1 = new("SHOAL101", "a D1 statement",
        "collect the bound statements and send them with batch(), some hundred at a time");

    public static readonly WriteRule Drizzle = new("SHOAL102", "a Drizzle statement",
        "insert many rows with one values([…]), up to 100 parameters on D1, or collect statements for db.batch()");

    public static readonly WriteRule Prisma = new("SHOAL103", "a Prisma write", "use createMany, updateMany or deleteMany");

    public static readonly WriteRule Kysely = new("SHOAL104", "a Kysely statement",
        "insert many rows with one values([…]), up to 100 parameters on D1");
}
