using System.Text.Json;
using System.Text.RegularExpressions;
using Shoal.Items;
using Shoal.Items.Storage;
using Shoal.Items.Tables;
using Shoal.Server.Items.Wire;

namespace Shoal.Server.Items.Handlers;

/// <summary>TagResource, UntagResource and ListTagsOfResource.</summary>
internal static partial class TagRequests
{
    private const int TagsMax = 50;
    private const int KeyLengthMax = 128;
    private const int ValueLengthMax = 256;

    public static async Task TagAsync(ItemsCall call)
    {
        var arn = CheckArn(call, "TagResource", "tags", "Tags");
        var tags = ReadTags(call.Request.List("Tags"));
        if (tags.Count == 0)
        {
            throw ItemException.Validation("Atleast one Tag needs to be provided as Input.");
        }

        await ChangeAsync(call, arn, $"Requested resource not found: ResourcArn: {arn} not found", existing =>
        {
            foreach (var (key, value) in tags)
            {
                existing[key] = value;
            }
        });
    }

    public static async Task UntagAsync(ItemsCall call)
    {
        var arn = CheckArn(call, "UntagResource", "tagKeys", "TagKeys");
        var keys = call.Request.List("TagKeys").Select(static key => key.GetString() ?? "").ToList();
        if (keys.Count == 0)
        {
            throw ItemException.Validation("Atleast one Tag Key needs to be provided as Input.");
        }

        await ChangeAsync(call, arn, "Requested resource not found", existing => keys.ForEach(key => existing.Remove(key)));
    }

    public static async Task ListAsync(ItemsCall call)
    {
        var arn = CheckArn(call, "ListTagsOfResource", listMember: null, list: null);
        var table = await call.Database.ReadAsync(
            transaction => Find(transaction, arn, $"Requested resource not found: ResourcArn: {arn} not found"), call.Aborted);
        call.Json.WriteStartArray("Tags"u8);
        foreach (var (key, value) in table.Tags.OrderBy(static tag => tag.Key, StringComparer.Ordinal))
        {
            call.Json.WriteStartObject();
            call.Json.WriteString("Key"u8, key);
            call.Json.WriteString("Value"u8, value);
            call.Json.WriteEndObject();
        }

        call.Json.WriteEndArray();
    }

    /// <summary>Tags of a request.</summary>
    /// <exception cref="ItemException">One is too long, or there are too many.</exception>
    public static Dictionary<string, string> ReadTags(IEnumerable<JsonElement> list)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var json in list)
        {
            var tag = new RequestReader(json);
            var key = tag.Text("Key") ?? "";
            var value = tag.Text("Value") ?? "";
            if (key.Length is 0 or > KeyLengthMax || value.Length > ValueLengthMax)
            {
                throw ItemException.Validation("One or more parameter values were invalid: a tag's Key must have 1 to 128 characters "
                    + "and its Value at most 256");
            }

            if (!tags.TryAdd(key, value))
            {
                throw ItemException.Validation($"One or more parameter values were invalid: Duplicate tag key: {key}");
            }
        }

        return tags.Count <= TagsMax ? tags
            : throw ItemException.Validation($"One or more parameter values were invalid: Number of tags exceeds the limit of {TagsMax}");
    }

    private static string CheckArn(ItemsCall call, string operation, string? listMember, string? list)
    {
        var arn = call.Request.Text("ResourceArn") ?? throw ItemException.Validation("Invalid TableArn");
        if (!AnyArn().IsMatch(arn))
        {
            throw DynamoException.AccessDenied("User: arn:aws:iam::000000000000:shoal is not authorized to perform: "
                + $"dynamodb:{operation} on resource: {(arn.Length == 0 ? "*" : arn)}");
        }

        if (list is not null && !call.Request.Has(list))
        {
            throw ItemException.Validation(
                $"1 validation error detected: Value null at '{listMember}' failed to satisfy constraint: Member must not be null");
        }

        return TableArn().IsMatch(arn) ? arn
            : throw ItemException.Validation($"Invalid TableArn: Invalid ResourceArn provided as input {arn}");
    }

    private static Task ChangeAsync(ItemsCall call, string arn, string notFound, Action<Dictionary<string, string>> change) =>
        call.Database.WriteAsync(
            transaction =>
            {
                var table = Find(transaction, arn, notFound);
                return TableChanges.Update(transaction, table.Name, old =>
                {
                    var tags = new Dictionary<string, string>(old.Tags, StringComparer.Ordinal);
                    change(tags);
                    return tags.Count <= TagsMax ? old with { Tags = tags }
                        : throw ItemException.Validation(
                            $"One or more parameter values were invalid: Number of tags exceeds the limit of {TagsMax}");
                });
            },
            call.Aborted);

    private static ItemTable Find(ItemTransaction transaction, string arn, string notFound) =>
        transaction.Tables.Find(arn[(arn.LastIndexOf('/') + 1)..])
        ?? throw new ItemException(ItemErrorKind.ResourceNotFound, notFound);

    [GeneratedRegex("^[^:]+:[^:]+:[^:]+:[^:]+:[^:]+:.+/.+$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex AnyArn();

    [GeneratedRegex(@"^arn:aws:dynamodb:[^:]+:\d+:table/[^/]{3,}$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex TableArn();
}
