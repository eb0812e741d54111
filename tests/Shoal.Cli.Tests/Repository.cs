namespace Shoal.Cli.Tests;

/// <summary>The checkout that this build was made from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    public static string Path(string relative) => System.IO.Path.Combine(Root, relative);

    private static string Find(string folder) =>
        File.Exists(System.IO.Path.Combine(folder, "Shoal.slnx")) ? folder
        : Find(System.IO.Path.GetDirectoryName(folder.TrimEnd('/')) ?? throw new InvalidOperationException("no checkout around the tests"));
}
