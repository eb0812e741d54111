using Shoal.Items.Expressions;
using Shoal.Items.Operations;
using Shoal.Items.Tables;
using Shoal.Items.Values;

namespace Shoal.Items.Partiql;

/// <summary>Turns PartiQL statements into writes.</summary>
internal static class PartiqlWrites
{
    /// <exception cref="ItemException">The statement does not name one item.</exception>
    public static WriteAction Plan(PartiqlStatement statement, ItemTable table, bool wantsItemOnFailure)
    {
        if (statement.Kind == PartiqlStatementKind.Insert)
        {
            return new WriteAction
            {
                Kind = WriteKind.Put,
                Table = statement.Table,
                Item = statement.Item!,
                Condition = new PartiqlCondition(Rest: null, WhenAbsent: true, WhenPresent: false),
                IsInsert = true,
                WantsItemOnFailure = wantsItemOnFailure,
            };
        }

        var key = new PartiqlWhere(statement.Where).FindKey(table.Key, out var rest);
        if (statement.Kind == PartiqlStatementKind.Exists && (key is null || rest is null || statement.Index is not null))
        {
            throw ItemException.Validation("EXISTS() must contain a single item read with additional condition");
        }

        return new WriteAction
        {
            Kind = statement.Kind switch
            {
                PartiqlStatementKind.Update => WriteKind.Update,
                PartiqlStatementKind.Delete => WriteKind.Delete,
                _ => WriteKind.Check,
            },
            Table = statement.Table,
            Item = key ?? throw ItemException.Validation("Where clause does not contain a mandatory equality on all key attributes"),
            Update = statement.Update,
            Condition = new PartiqlCondition(rest, WhenAbsent: statement.Kind switch
            {
                PartiqlStatementKind.Delete => true,
                PartiqlStatementKind.Exists => ConditionExpression.Holds(rest!, []),
                _ => false,
            }),
            WantsItemOnFailure = wantsItemOnFailure,
        };
    }

    /// <summary>What a write shows; null for nothing.</summary>
    public static Item? Show(PartiqlStatement statement, WriteOutcome outcome)
    {
        var shown = statement.Returning switch
        {
            PartiqlReturning.None => null,
            PartiqlReturning.AllOld => outcome.Old,
            PartiqlReturning.AllNew => outcome.New,
            PartiqlReturning.ModifiedOld => Changed(statement, outcome.Old),
            PartiqlReturning.ModifiedNew => Changed(statement, outcome.New),
        };
        return shown is { Count: 0 } ? null : shown;
    }

    private static Item? Changed(PartiqlStatement statement, Item? item) =>
        item is null ? null : new Projection(statement.Update!.Paths).Apply(item);
}
