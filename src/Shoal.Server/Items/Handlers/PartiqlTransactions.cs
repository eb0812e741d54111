using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Shoal.Items;
using Shoal.Items.Operations;
using Shoal.Items.Partiql;
using Shoal.Items.Storage;
using Shoal.Server.Items.Wire;

namespace Shoal.Server.Items.Handlers;

/// <summary>ExecuteTransaction: all statements read from one snapshot, or all write together.</summary>
internal static class PartiqlTransactions
{
    public static async Task RunAsync(ItemsCall call)
    {
        var requests = call.Request.List("TransactStatements").Select(static json => new RequestReader(json)).ToList();
        var statements = new List<(PartiqlStatement Statement, bool WantsItem)>();
        foreach (var request in requests)
        {
            statements.Add((Parse(request), PartiqlRequests.WantsItemOnFailure(request)));
        }

        if (statements.Exists(static pair => pair.Statement is { IsRead: true, Index: not null }))
        {
            throw ItemException.Validation("Reads on indices are not supported within transactions");
        }

        if (statements.TrueForAll(static pair => pair.Statement.IsRead))
        {
            await ReadAsync(call, statements.ConvertAll(static pair => pair.Statement));
        }
        else if (statements.Exists(static pair => pair.Statement.IsRead))
        {
            throw ItemException.Validation(
                "ExecuteTransaction API does not support both read and write operations in the same request");
        }
        else
        {
            await WriteAsync(call, statements);
        }
    }

    private static PartiqlStatement Parse(RequestReader request)
    {
        var statement = PartiqlRequests.Parse(request, out _);
        return statement.Returning == PartiqlReturning.None ? statement
            : throw ItemException.Validation("RETURNING clause is not supported in ExecuteTransaction");
    }

    private static async Task ReadAsync(ItemsCall call, List<PartiqlStatement> statements)
    {
        var found = await call.ReadAsync(transaction => statements.Select((statement, index) => At(index, () =>
        {
            var item = PartiqlReads.RunOne(transaction, statement, "ExecuteTransaction", out var bytes);
            return (Item: item, Units: 2 * CapacityWriter.ReadUnits(bytes, consistent: true));
        })).ToList());
        call.Json.WriteStartArray("Responses"u8);
        foreach (var (item, _) in found)
        {
            call.Json.WriteStartObject();
            if (item is not null)
            {
                ValueWriter.WriteItem(call.Json, "Item", item);
            }

            call.Json.WriteEndObject();
        }

        call.Json.WriteEndArray();
        WriteCapacity(call, isRead: true, statements.Zip(found, static (statement, one) => (statement.Table, one.Units)));
    }

    private static async Task WriteAsync(ItemsCall call, List<(PartiqlStatement Statement, bool WantsItem)> statements)
    {
        var token = call.Request.Text("ClientRequestToken");
        var hash = token is null ? []
            : SHA256.HashData(Encoding.UTF8.GetBytes(call.Request.Member("TransactStatements")!.Value.GetRawText()));
        var outcomes = await call.WriteAsync(transaction =>
            token is not null && !IdempotencyTokens.Begin(transaction, token, hash, call.Database.Time.GetUtcNow()) ? null
                : Writes.RunTransaction(transaction, Plan(transaction, statements)));
        call.Json.WriteStartArray("Responses"u8);
        call.Json.WriteEndArray();

        // Applied before: the reply says what a read of the same items would cost.
        WriteCapacity(call, isRead: outcomes is null, outcomes is null
            ? statements.Select(static pair => (pair.Statement.Table, 2.0))
            : outcomes.Select(static outcome => (outcome.Table.Name, 2 * CapacityWriter.WriteUnits(outcome.Bytes))));
    }

    private static List<WriteAction> Plan(ItemTransaction transaction, List<(PartiqlStatement Statement, bool WantsItem)> statements) =>
        [.. statements.Select((pair, index) => At(index, () => PartiqlWrites.Plan(pair.Statement,
            transaction.FindTable(pair.Statement.Table), pair.WantsItem)))];

    private static void WriteCapacity(ItemsCall call, bool isRead, IEnumerable<(string Table, double Units)> units)
    {
        if (CapacityWriter.Wanted(call.Request) is not { } kind)
        {
            return;
        }

        call.Json.WriteStartArray("ConsumedCapacity"u8);
        foreach (var group in units.GroupBy(static one => one.Table, StringComparer.Ordinal))
        {
            CapacityWriter.WriteTransaction(call.Json, kind, group.Key, group.Sum(static one => one.Units), isRead);
        }

        call.Json.WriteEndArray();
    }

    /// <summary>Runs something of one statement; an error says which.</summary>
    private static T At<T>(int index, Func<T> run)
    {
        try
        {
            return run();
        }
        catch (ItemException error) when (error.Reason == ItemErrorKind.Validation)
        {
            throw ItemException.Validation(string.Create(CultureInfo.InvariantCulture,
                $"Validation failed in TransactStatements[{index}]: {error.Message}"));
        }
    }
}
