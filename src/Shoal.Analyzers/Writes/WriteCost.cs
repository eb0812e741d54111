using System;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Shoal.Analyzers.Writes;

/// <summary>What a write per row costs, in words; null when it is as cheap as it gets.</summary>
internal static class WriteCost
{
    private const string Both = "one round trip and one commit per row";

    public static string? Of(IInvocationOperation call, WriteKind kind)
    {
        switch (kind)
        {
            case WriteKind.Statement:
                return Both;
            case WriteKind.Command or WriteKind.Dapper:
                var hasTransaction = HasTransaction(call);
                var isInProcess = IsSqlite(kind == WriteKind.Command ? call.Instance?.Type
                    : call.Arguments.FirstOrDefault()?.Value.Plain().Type);
                return (hasTransaction, isInProcess) switch
                {
                    (true, true) => null,
                    (true, false) => "one round trip per row",
                    (false, true) => "one commit per row",
                    _ => Both,
                };
            default:
                return HasTransaction(call) ? "one round trip per row" : Both;
        }
    }

    private static bool HasTransaction(IInvocationOperation call) => call.Root().Descendants().Any(static one =>
        one is IInvocationOperation { TargetMethod.Name: "BeginTransaction" or "BeginTransactionAsync" }
            or IObjectCreationOperation { Type.Name: "TransactionScope" });

    // SQLite in the process: a prepared command inside of a transaction has no round trip and no commit.
    private static bool IsSqlite(ITypeSymbol? type) => type?.Name.StartsWith("Sqlite", StringComparison.OrdinalIgnoreCase) == true;
}
