using System.Text;

namespace Shoal.Items.Types;

/// <summary>What keys, members and counts must be like.</summary>
internal static class KeyRules
{
    /// <summary>Refuses what is not text, so that two names never become one.</summary>
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static void CheckKey(string key) => Encode(key, "a key", ValueLimits.KeyBytesMax);

    public static byte[] Key(string key) => Encode(key, "a key", ValueLimits.KeyBytesMax);

    public static byte[] Member(string member) => Encode(member, "a field or member", ValueLimits.MemberBytesMax);

    /// <summary>Passes when one read or write may have so many elements.</summary>
    public static int CheckCount(int count) => count is >= 1 and <= ValueLimits.ElementsMax ? count
        : throw ItemException.Validation($"the number of elements must be from 1 to {ValueLimits.ElementsMax}, not {count}");

    private static byte[] Encode(string text, string what, int max)
    {
        byte[] bytes;
        try
        {
            bytes = Strict.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            throw ItemException.Validation($"{what} has half of a surrogate pair, which is no text");
        }

        return bytes.Length >= 1 && bytes.Length <= max ? bytes
            : throw ItemException.Validation($"{what} must have 1 to {max} bytes of UTF-8, not {bytes.Length}");
    }
}
