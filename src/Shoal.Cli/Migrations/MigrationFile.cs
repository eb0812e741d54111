namespace Shoal.Cli.Migrations;

/// <summary>One migration in the folder.</summary>
/// <param name="Name">Its file name; what the table of applied migrations holds.</param>
/// <param name="Number">The number its name starts with.</param>
/// <param name="Path">Its full path.</param>
internal sealed record MigrationFile(string Name, int Number, string Path);
