using Shoal.Engine.Catalog;
using Shoal.Engine.Requests;
using Shoal.Server.D1;

namespace Shoal.Server.Usage;

/// <summary>One request as the meter sees it.</summary>
/// <param name="Database">Where it ran.</param>
/// <param name="Token">Who asked.</param>
/// <param name="Items">What ran.</param>
/// <param name="Usage">What each item cost; empty when the request failed.</param>
/// <param name="ResponseBytes">Bytes of the reply.</param>
/// <param name="Time">From its start until it was durable.</param>
internal readonly record struct MeteredRequest(
    DatabaseRecord Database,
    TokenRecord Token,
    IReadOnlyList<SqlBatchItem> Items,
    IReadOnlyList<ItemUsage> Usage,
    long ResponseBytes,
    TimeSpan Time);
