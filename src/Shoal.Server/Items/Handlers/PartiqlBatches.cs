using Shoal.Items;
using Shoal.Items.Operations;
using Shoal.Items.Partiql;
using Shoal.Items.Storage;
using Shoal.Items.Values;
using Shoal.Server.Items.Wire;

namespace Shoal.Server.Items.Handlers;

/// <summary>BatchExecuteStatement: each statement is applied or refused on its own.</summary>
internal static class PartiqlBatches
{
    public static async Task RunAsync(ItemsCall call)
    {
        var members = call.Request.List("Statements").Select(static json => Parse(new RequestReader(json))).ToList();
        var statements = members.Select(static member => member.Statement).OfType<PartiqlStatement>().ToList();
        if (statements.Exists(static statement => statement.IsRead) && !statements.TrueForAll(static statement => statement.IsRead))
        {
            throw ItemException.Validation(
                "BatchExecuteStatement API does not support both read and write operations in the same request");
        }

        // Run again when a group could not be committed: the results of the last run count.
        Func<ItemTransaction, List<Result>> run = transaction => members.ConvertAll(member => RunOne(transaction, member));
        var results = statements.Exists(static statement => !statement.IsRead) ? await call.WriteAsync(run) : await call.ReadAsync(run);
        call.Json.WriteStartArray("Responses"u8);
        foreach (var (member, result) in members.Zip(results))
        {
            Write(call, member, result);
        }

        call.Json.WriteEndArray();
        BatchRequests.WriteCapacity(call, members.Zip(results)
            .Where(static pair => pair.First.Statement is not null && pair.Second.Units > 0)
            .GroupBy(static pair => pair.First.Statement!.Table, StringComparer.Ordinal)
            .Select(static group => (group.Key, group.Sum(static pair => pair.Second.Units))));
    }

    private static Member Parse(RequestReader request)
    {
        try
        {
            return new Member(PartiqlRequests.Parse(request, out _), Error: null, request.Flag("ConsistentRead"),
                PartiqlRequests.WantsItemOnFailure(request));
        }
        catch (ItemException error)
        {
            return new Member(Statement: null, error, IsConsistent: false, WantsItem: false);
        }
    }

    private static Result RunOne(ItemTransaction transaction, Member member)
    {
        if (member.Statement is not { } statement)
        {
            return new Result(Item: null, member.Error, Units: 0);
        }

        try
        {
            if (statement.IsRead)
            {
                var item = PartiqlReads.RunOne(transaction, statement, "BatchExecuteStatement", out var bytes);
                return new Result(item, Error: null, CapacityWriter.ReadUnits(bytes, member.IsConsistent));
            }

            var table = transaction.FindTable(statement.Table);
            var outcome = Writes.Run(transaction, PartiqlWrites.Plan(statement, table, member.WantsItem));
            return new Result(PartiqlWrites.Show(statement, outcome), Error: null, CapacityWriter.WriteUnits(outcome.Bytes));
        }
        catch (ItemException error)
        {
            // Whatever is wrong with an item is found before anything of it is written.
            return new Result(Item: null, error, Units: 0);
        }
    }

    private static void Write(ItemsCall call, Member member, Result result)
    {
        call.Json.WriteStartObject();
        if (result.Error is { } error)
        {
            call.Json.WriteStartObject("Error"u8);
            call.Json.WriteString("Code"u8, CodeOf(error));
            call.Json.WriteString("Message"u8, error.Message);
            if (error.Item is { } item)
            {
                ValueWriter.WriteItem(call.Json, "Item", item);
            }

            call.Json.WriteEndObject();
        }

        if (member.Statement is { } statement)
        {
            call.Json.WriteString("TableName"u8, statement.Table);
        }

        if (result.Item is { } shown)
        {
            ValueWriter.WriteItem(call.Json, "Item", shown);
        }

        call.Json.WriteEndObject();
    }

    private static string CodeOf(ItemException error) => error.Reason switch
    {
        ItemErrorKind.Validation => "ValidationError",
        ItemErrorKind.TableNotFound => "ResourceNotFound",
        _ => error.Reason.ToString(),
    };

    /// <summary>A statement of the batch, or what is wrong with its text.</summary>
    private sealed record Member(PartiqlStatement? Statement, ItemException? Error, bool IsConsistent, bool WantsItem);

    /// <summary>What became of it.</summary>
    private sealed record Result(Item? Item, ItemException? Error, double Units);
}
