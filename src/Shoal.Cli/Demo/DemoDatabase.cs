namespace Shoal.Cli.Demo;

/// <summary>A database of the demonstration: its schema and its rows.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Schema">Statements that run before the rows.</param>
/// <param name="Tables">The rows, parents before children.</param>
/// <param name="Finish">Statements that run after the rows, for example to fill a full-text index; or empty.</param>
internal sealed record DemoDatabase(string Name, string Schema, IReadOnlyList<TableRows> Tables, string Finish = "")
{
    public int RowCount => Tables.Sum(table => table.Count);
}
