namespace Shoal.Protocol.Csv;

/// <summary>A CSV text is not one.</summary>
/// <param name="message">What is wrong, with the number of the record.</param>
/// <param name="hint">What to do.</param>
public sealed class CsvException(string message, string hint) : FormatException(message)
{
    /// <summary>What to do.</summary>
    public string Hint { get; } = hint;
}
