using System.Text;
using Shoal.Items.Storage;

namespace Shoal.Items.Operations;

/// <summary>Transactions that were applied in the last ten minutes, by their tokens.</summary>
internal static class IdempotencyTokens
{
    /// <summary>How long a token is known. Source: DynamoDB's TransactWriteItems.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromMinutes(10);

    /// <summary>Notes a token in the transaction that it stands for.</summary>
    /// <returns>False when the same request was applied before: then there is nothing to do.</returns>
    /// <exception cref="ItemException">It was used for another request.</exception>
    public static bool Begin(ItemTransaction transaction, string token, byte[] requestHash, DateTimeOffset now)
    {
        var session = transaction.Session;
        if (session.TryPrepare("DELETE FROM _cf_item_tokens WHERE at < ?") is not { } old)
        {
            // Without a table of items there is nothing that the request could change.
            return true;
        }

        session.Check(old.BindInteger(1, (now - Age).ToUnixTimeMilliseconds()));
        session.Step(old);

        var text = Encoding.UTF8.GetBytes(token);
        var known = session.Prepare("SELECT hash FROM _cf_item_tokens WHERE token = ?");
        session.Check(known.BindText(1, text));
        if (session.Step(known))
        {
            var same = known.Row(1).Blob(0).SequenceEqual(requestHash);
            known.Reset();
            return same ? false : throw new ItemException(ItemErrorKind.IdempotentParameterMismatch,
                "The request uses the same client token as a previous, but non-identical request. "
                + "Do not reuse a client token with different requests, unless the requests are identical");
        }

        var add = session.Prepare("INSERT INTO _cf_item_tokens(token, hash, at) VALUES (?, ?, ?)");
        session.Check(add.BindText(1, text));
        session.Check(add.BindBlob(2, requestHash));
        session.Check(add.BindInteger(3, now.ToUnixTimeMilliseconds()));
        session.Step(add);
        return true;
    }
}
