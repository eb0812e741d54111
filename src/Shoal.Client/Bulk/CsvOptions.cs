namespace Shoal.Client.Bulk;

/// <summary>How CSV becomes rows. The first line names the columns.</summary>
public sealed record CsvOptions
{
    /// <summary>Separator between fields: one ASCII character. Default a comma.</summary>
    public char Delimiter { get; init; } = ',';

    /// <summary>Take empty fields that are not quoted for NULL instead of empty text. Default true.</summary>
    public bool EmptyIsNull { get; init; } = true;
}
