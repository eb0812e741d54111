using Shoal.Engine.Catalog;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <summary>One state that was restored into a scratch file and looked at.</summary>
public sealed record RestoreCheck
{
    /// <summary>Of which database.</summary>
    public required DatabaseRecord Database { get; init; }

    /// <summary>Which state; null when it did not get so far.</summary>
    public Bookmark? Bookmark { get; init; }

    /// <summary>Whether it was compared with the live database at the same commit.</summary>
    public bool IsCompared { get; init; }

    /// <summary>Tables in it, without virtual ones.</summary>
    public int Tables { get; init; }

    /// <summary>Rows in all of them.</summary>
    public long Rows { get; init; }

    /// <summary>SHA-256 of schema and rows, in hexadecimal digits; null when it could not be read.</summary>
    public string? Hash { get; init; }

    /// <summary>What restoring and looking took.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>What is wrong; null when nothing is.</summary>
    public string? Problem { get; init; }
}
