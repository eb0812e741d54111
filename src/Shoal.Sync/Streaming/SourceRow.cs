namespace Shoal.Sync.Streaming;

/// <summary>What stands in a row of the stream in the place of a value.</summary>
internal static class SourceRow
{
    /// <summary>A large value that did not change and was not sent. Compared by reference.</summary>
    public static readonly string Unchanged = new('?', 1);

    public static bool IsUnchanged(string? text) => ReferenceEquals(text, Unchanged);

    /// <summary>Whether some of its values were not sent.</summary>
    public static bool IsPartial(ReadOnlySpan<string?> row)
    {
        foreach (var text in row)
        {
            if (IsUnchanged(text))
            {
                return true;
            }
        }

        return false;
    }
}
