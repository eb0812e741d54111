namespace Shoal.TestKit;

/// <summary>A new empty folder that is removed, with all that is in it, at the end of a test.</summary>
public sealed class TempFolder : IDisposable
{
    public TempFolder() => Root = Directory.CreateTempSubdirectory("shoal-test-").FullName;

    public string Root { get; }

    public string Combine(string name) => Path.Combine(Root, name);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
