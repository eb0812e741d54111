using System.Text.Json;

namespace Shoal.Cli.Items;

/// <summary>Puts items in batches of 25 and says how far it is.</summary>
internal sealed class ItemsImport(ItemsClient client, CliConsole console, string table)
{
    private const int BatchItems = 25;
    private const int NoteEvery = 10_000;

    public async Task RunAsync(TextReader input, CancellationToken cancellationToken)
    {
        var batch = new List<string>(BatchItems);
        var line = 0;
        var count = 0;
        while (await input.ReadLineAsync(cancellationToken) is { } text)
        {
            line++;
            if (string.IsNullOrWhiteSpace(text))
            {
                continue;
            }

            batch.Add(ItemsJson.Check(text));
            count++;
            if (batch.Count == BatchItems)
            {
                await SendAsync(batch, line, cancellationToken);
            }

            if (count % NoteEvery == 0)
            {
                console.Note($"{count} items …");
            }
        }

        await SendAsync(batch, line, cancellationToken);
        console.Note($"imported {count} items");
    }

    private async Task SendAsync(List<string> batch, int line, CancellationToken cancellationToken)
    {
        if (batch.Count == 0)
        {
            return;
        }

        try
        {
            using var reply = await client.SendAsync("BatchWriteItem", ItemsJson.Write(json =>
            {
                json.WriteStartObject("RequestItems");
                json.WriteStartArray(table);
                foreach (var item in batch)
                {
                    WritePut(json, item);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }), cancellationToken);
        }
        catch (CliException error)
        {
            throw new CliException($"the items up to line {line} were refused: {error.Message}",
                $"the {batch.Count} items that end there are not imported, all before them are", error);
        }

        batch.Clear();
    }

    private static void WritePut(Utf8JsonWriter json, string item)
    {
        json.WriteStartObject();
        json.WriteStartObject("PutRequest");
        json.WritePropertyName("Item");
        json.WriteRawValue(item);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
