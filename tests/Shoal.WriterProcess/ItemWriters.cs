using System.Globalization;
using Shoal.Items;

namespace Shoal.WriterProcess;

/// <summary>Writers of items on a data folder, until the process is killed; each says the number of a step once it is durable.</summary>
internal static class ItemWriters
{
    public static async Task RunAsync(string folder, string table, int seed)
    {
        await using var store = await ItemStore.OpenAsync(folder);
        await store.CreateTableAsync(ItemScript.Table(table));
        await Task.WhenAll(Enumerable.Range(0, ItemScript.Writers).Select(writer => Task.Run(async () =>
        {
            var script = new ItemScript(table, seed, writer);
            for (var step = 1; ; step++)
            {
                await script.Next()(store);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{writer} {step}"));
            }
        })));
    }
}
