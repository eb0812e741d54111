using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using Shoal.Engine.History;
using Shoal.Load.Report;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Shoal.Benchmarks.History;

/// <summary>The blocks of packs, compressed by what packs use and by what .NET has: how large they get, and how long it takes.</summary>
/// <remarks>Each block in one call on one thread, with a window of 16 MiB; of several rounds the quickest counts.</remarks>
internal static class HistoryCodecs
{
    private const int Rounds = 5;
    private const int Quality = 4;

    /// <summary>More is not measured. Units: bytes.</summary>
    private const long RawBytesMax = 64L * 1024 * 1024;

    /// <param name="name">What the packs are.</param>
    /// <param name="packs">Their files.</param>
    /// <param name="areCommits">Whether they have commits: those repeat pages over long distances.</param>
    /// <param name="json">Where to append the numbers.</param>
    public static void Run(string name, IEnumerable<string> packs, bool areCommits, string? json)
    {
        var blocks = BlocksOf(packs);
        if (blocks.Count == 0)
        {
            return;
        }

        using var compressor = new Compressor(PackWriter.Level);
        compressor.SetParameter(ZSTD_cParameter.ZSTD_c_windowLog, PackWriter.WindowBits);
        using var decompressor = new Decompressor();
        var zstandard = Measure(blocks,
            raw =>
            {
                var isFar = areCommits && raw.Length > PackWriter.StepBytes;
                compressor.SetParameter(ZSTD_cParameter.ZSTD_c_enableLongDistanceMatching,
                    (int)(isFar ? ZSTD_paramSwitch_e.ZSTD_ps_enable : ZSTD_paramSwitch_e.ZSTD_ps_disable));
                return compressor.Wrap(raw).ToArray();
            },
            (stored, raw) => decompressor.Unwrap(stored, raw, 0));
        var brotli = Measure(blocks,
            static raw =>
            {
                var stored = new byte[BrotliEncoder.GetMaxCompressedLength(raw.Length)];
                return BrotliEncoder.TryCompress(raw, stored, out var length, Quality, PackWriter.WindowBits)
                    ? stored[..length] : throw new InvalidOperationException("a block can not be compressed");
            },
            static (stored, raw) => BrotliDecoder.TryDecompress(stored, raw, out var length) ? length : -1);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"history-codec/{name}  {blocks.Count:N0} blocks  Zstandard {zstandard.Text}  Brotli {brotli.Text}"));
        Measurement.Append(json, $"history-codec/{name}", new
        {
            blocks = blocks.Count,
            rawBytes = blocks.Sum(static block => (long)block.Length),
            zstandardPart = Math.Round(zstandard.Part, 4),
            zstandardCompress = Math.Round(zstandard.CompressMegabytes),
            zstandardDecompress = Math.Round(zstandard.DecompressMegabytes),
            brotliPart = Math.Round(brotli.Part, 4),
            brotliCompress = Math.Round(brotli.CompressMegabytes),
            brotliDecompress = Math.Round(brotli.DecompressMegabytes),
            sizeRatio = Math.Round(zstandard.Part / brotli.Part, 2),
            compressRatio = Math.Round(zstandard.CompressMegabytes / brotli.CompressMegabytes, 1),
            decompressRatio = Math.Round(zstandard.DecompressMegabytes / brotli.DecompressMegabytes, 1),
        });
    }

    private static List<byte[]> BlocksOf(IEnumerable<string> packs)
    {
        var blocks = new List<byte[]>();
        var bytes = 0L;
        foreach (var path in packs)
        {
            using var reader = PackReader.Open(path);
            foreach (var entry in reader.ReadIndex().TakeWhile(entry => (bytes += entry.RawBytes) <= RawBytesMax))
            {
                blocks.Add(reader.ReadBlock(entry).ToArray());
            }
        }

        return blocks;
    }

    private static Codec Measure(List<byte[]> blocks, Func<byte[], byte[]> compress, Func<byte[], byte[], int> decompress)
    {
        var raw = new byte[blocks.Max(static block => block.Length)];
        var (compressed, decompressed) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        var stored = Array.Empty<byte[]>();
        for (var round = 0; round < Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            stored = [.. blocks.Select(compress)];
            var middle = Stopwatch.GetTimestamp();
            for (var index = 0; index < stored.Length; index++)
            {
                if (decompress(stored[index], raw) != blocks[index].Length)
                {
                    throw new InvalidOperationException("a block does not come back");
                }
            }

            decompressed = Min(decompressed, Stopwatch.GetElapsedTime(middle));
            compressed = Min(compressed, Stopwatch.GetElapsedTime(start, middle));
        }

        var bytes = (double)blocks.Sum(static block => (long)block.Length);
        return new Codec(stored.Sum(static block => (long)block.Length) / bytes,
            bytes / compressed.TotalMicroseconds, bytes / decompressed.TotalMicroseconds);
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <param name="Part">Size of what is stored, as a part of what it was.</param>
    /// <param name="CompressMegabytes">Units: MB of what it was, per second.</param>
    /// <param name="DecompressMegabytes">The same.</param>
    private readonly record struct Codec(double Part, double CompressMegabytes, double DecompressMegabytes)
    {
        public string Text => string.Create(CultureInfo.InvariantCulture,
            $"{Part:P2}, {CompressMegabytes:N0} and {DecompressMegabytes:N0} MB/s");
    }
}
