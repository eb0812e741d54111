using System.Security.Cryptography;
using Shoal.Items.Storage;

namespace Shoal.Items.Tests.Storage;

public sealed class KeyHashTests
{
    [Fact]
    public void It_is_MD5_whatever_the_lengths_of_the_parts()
    {
        var random = new Random(17);
        for (var length = 0; length <= 200; length++)
        {
            var input = new byte[length];
            random.NextBytes(input);
            var first = random.Next(length + 1);
            var second = random.Next(first, length + 1);
            var hash = new byte[KeyHash.Bytes];
            KeyHash.Compute(input.AsSpan(0, first), input.AsSpan(first, second - first), input.AsSpan(second), hash);
#pragma warning disable CA5351 // compared with
            Assert.Equal(MD5.HashData(input), hash);
#pragma warning restore CA5351
        }
    }
}
