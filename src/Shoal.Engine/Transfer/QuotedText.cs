using System.Buffers;

namespace Shoal.Engine.Transfer;

/// <summary>Text between quotes, with the quotes inside it doubled: an SQL literal, or a CSV field.</summary>
internal static class QuotedText
{
    /// <summary>A name as SQL writes it, whatever is in it.</summary>
    public static string Name(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> text, byte quote)
    {
        ReadOnlySpan<byte> one = [quote];
        output.Write(one);
        for (var index = text.IndexOf(quote); index >= 0; index = text.IndexOf(quote))
        {
            output.Write(text[..(index + 1)]);
            output.Write(one);
            text = text[(index + 1)..];
        }

        output.Write(text);
        output.Write(one);
    }
}
