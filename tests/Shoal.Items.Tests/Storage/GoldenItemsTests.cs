using Shoal.Engine;
using Shoal.Items.Storage;
using Shoal.Items.Values;

namespace Shoal.Items.Tests.Storage;

/// <summary>Goal: what version 1 has written stays readable for ever. Method: bytes of that version are kept beside the test.</summary>
public sealed class GoldenItemsTests
{
    private static readonly Dictionary<string, string> Golden = Read();

    private static readonly Dictionary<string, AttributeValue> Keys = new(StringComparer.Ordinal)
    {
        ["key-text"] = AttributeValue.Text("zoë"),
        ["key-bytes"] = AttributeValue.Bytes([0, 255, 1]),
        ["key-zero"] = AttributeValue.Number(0),
        ["key-number"] = AttributeValue.Number(ItemNumber.Parse("-12.345")),
        ["key-large"] = AttributeValue.Number(ItemNumber.Parse("9.9999999999999999999999999999999999999e125")),
    };

    [Fact]
    public void Items_of_version_1_are_read_and_written_the_same()
    {
        var item = Sample();
        Assert.Equal(Golden["item"], Convert.ToHexStringLower(ItemEncoding.Encode(item)));
        Assert.Equal(AttributeValue.Map(item), AttributeValue.Map(ItemEncoding.Decode(Convert.FromHexString(Golden["item"]))));
    }

    [Fact]
    public void Keys_of_version_1_are_written_the_same()
    {
        foreach (var (name, value) in Keys)
        {
            Assert.Equal(Golden[name], Convert.ToHexStringLower(KeyEncoding.EncodePartition(value)));
        }
    }

    [Fact]
    public void Damaged_items_are_called_damaged_whatever_the_damage()
    {
        var bytes = Convert.FromHexString(Golden["item"]);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(EngineErrorKind.Corruption,
                Assert.Throws<EngineException>(() => ItemEncoding.Decode(bytes.AsSpan(0, length))).Kind);
        }

        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 20_000; round++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                _ = ItemEncoding.Decode(damaged);
            }
            catch (EngineException error)
            {
                Assert.Equal(EngineErrorKind.Corruption, error.Kind);
            }
        }
    }

    private static Item Sample() => new ItemBuilder()
        .Add("text", "zoë").Add("number", AttributeValue.Number(ItemNumber.Parse("-12.345"))).Add("zero", 0).Add("bytes", [0, 255])
        .Add("yes", true).Add("no", false).AddNull("null")
        .Add("map", AttributeValue.Map(new ItemBuilder().Add("a", 1).Build()))
        .Add("list", AttributeValue.List([AttributeValue.Text(""), AttributeValue.Number(100)]))
        .Add("texts", AttributeValue.TextSet(["a", "b"]))
        .Add("numbers", AttributeValue.NumberSet([ItemNumber.Parse("1E-130"), ItemNumber.Parse("1E+125")]))
        .Add("blobs", AttributeValue.BytesSet([[1], [2, 3]]))
        .Build();

    private static Dictionary<string, string> Read()
    {
        using var stream = typeof(GoldenItemsTests).Assembly.GetManifestResourceStream("items-1.txt")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(' '))
            .ToDictionary(static parts => parts[0], static parts => parts[1], StringComparer.Ordinal);
    }
}
