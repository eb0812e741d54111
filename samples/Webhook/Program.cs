using Shoal.Client.Batching;
using Shoal.Client.Bulk;
using Shoal.Samples;
using Shoal.Samples.Webhook;

// usage: Webhook [--urls http://127.0.0.1:8080]. Takes events of many tenants, each with a database of its own:
//   POST /events/{tenant} with one event or an array of them.
// Requests that come at the same time share batches. An event is answered only when it is durable, and one that is delivered
// twice is stored once.
var builder = WebApplication.CreateSlimBuilder(args);
builder.Services.ConfigureHttpJsonOptions(static options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, EventJson.Default));
using var client = ShoalSettings.Connect();
var map = new TableMap<StoredEvent>("events")
    .Key("id", static one => one.Id)
    .Column("type", static one => one.Type)
    .Column("payload", static one => one.Payload);
await using var writer = new BatchWriter<StoredEvent>(client, static one => "events-" + one.Tenant, map, WriteMode.Ignore,
    new BatchWriterOptions<StoredEvent> { Name = "webhook" });
var tenants = new TenantSchemas(client);

await using var app = builder.Build();
app.MapPost("/events/{tenant}", async (string tenant, Event[] events, CancellationToken cancellation) =>
{
    // Take the tenant from something that you have checked, such as a signature of the sender.
    if (!TenantSchemas.IsValid(tenant))
    {
        return Results.BadRequest("a tenant's name is of letters, digits and hyphens");
    }

    await tenants.EnsureAsync(tenant, cancellation);
    var results = await writer.WriteBatchAsync(events.Select(one => new StoredEvent(tenant, one.Id, one.Type, one.Data.GetRawText())), cancellation);

    // Senders of webhooks repeat a delivery that was not taken: say so unless every event is stored.
    var stored = results.Count(static result => result.IsApplied);
    return Results.Json(new Answer(stored, results.Count - stored), EventJson.Default.Answer,
        statusCode: stored == results.Count ? StatusCodes.Status200OK
            : results.Any(static result => result.Status == ItemStatus.Rejected) ? StatusCodes.Status422UnprocessableEntity
            : StatusCodes.Status503ServiceUnavailable);
});
app.MapGet("/stats", () => Results.Json(new Stats(writer.Stats.Applied, writer.Stats.Requests), EventJson.Default.Stats));
app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine($"ready on {app.Urls.First()}"));
await app.RunAsync();
