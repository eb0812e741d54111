using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.ObjectPool;
using Shoal.Server.Http;

namespace Shoal.Server.D1;

/// <summary>Makes and cleans <see cref="QueryWork"/>.</summary>
internal sealed class QueryWorkPolicy(ServerOptions options, MemoryBudget budget) : PooledObjectPolicy<QueryWork>
{
    private readonly byte[] _metaPrefix = MetaPrefix(options);

    public override QueryWork Create() => new(_metaPrefix, options, budget);

    public override bool Return(QueryWork obj)
    {
        obj.Clear();
        return true;
    }

    /// <summary>The members of <c>meta</c> that are the same in every reply.</summary>
    private static byte[] MetaPrefix(ServerOptions options)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("served_by"u8, "shoal"u8);
            if (options.Region is not null)
            {
                json.WriteString("served_by_region"u8, options.Region);
            }

            if (options.Colo is not null)
            {
                json.WriteString("served_by_colo"u8, options.Colo);
            }

            json.WriteBoolean("served_by_primary"u8, value: true);
            json.WriteEndObject();
        }

        // The object stays open: the other members follow.
        bytes.SetLength(bytes.Length - 1);
        bytes.Position = bytes.Length;
        bytes.WriteByte((byte)',');
        return bytes.ToArray();
    }
}
