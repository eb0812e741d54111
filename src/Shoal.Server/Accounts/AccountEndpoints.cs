using Microsoft.AspNetCore.Http;
using Shoal.Engine;
using Shoal.Engine.Catalog;
using Shoal.Protocol;
using Shoal.Protocol.Accounts;
using Shoal.Protocol.Http;
using Shoal.Server.Http;

namespace Shoal.Server.Accounts;

/// <summary>Who the caller is and which accounts it reaches: what wrangler asks before it does anything.</summary>
internal sealed class AccountEndpoints(DatabaseEngine engine, ServerOptions options)
{
    private const int PerPageDefault = 20;

    public ValueTask UserAsync(Exchange exchange) =>
        Reply.OkAsync(exchange, new UserInfo(exchange.Caller.Id, exchange.Caller.Name), WireJson.Instance.UserEnvelope);

    public ValueTask VerifyTokenAsync(Exchange exchange)
    {
        var envelope = new Envelope<TokenStatus>
        {
            Result = new TokenStatus(exchange.Caller.Id, "active", exchange.Caller.ExpiresAt),
            Messages = [new ApiMessage(10000, "This API Token is valid and active")],
        };
        return Reply.JsonAsync(exchange.Http, StatusCodes.Status200OK, envelope, WireJson.Instance.TokenStatusEnvelope);
    }

    public ValueTask AccountsAsync(Exchange exchange)
    {
        var all = Reachable(exchange.Caller);
        var paging = Paging.Read(exchange.Http.Request.Query, PerPageDefault);
        var page = paging.Of(all);
        return Reply.OkAsync(exchange, page, WireJson.Instance.AccountListEnvelope,
            new ResultInfo(paging.Page, paging.PerPage, page.Count, all.Count));
    }

    public ValueTask MembershipsAsync(Exchange exchange)
    {
        var all = Reachable(exchange.Caller);
        var paging = Paging.Read(exchange.Http.Request.Query, PerPageDefault);
        var page = paging.Of(all).ConvertAll(account => new MembershipInfo(account.Id, "accepted", account,
            [exchange.Caller.Permission.ToString()]));
        return Reply.OkAsync(exchange, page, WireJson.Instance.MembershipListEnvelope,
            new ResultInfo(paging.Page, paging.PerPage, page.Count, all.Count));
    }

    private List<AccountInfo> Reachable(TokenRecord caller)
    {
        IReadOnlyList<string> accounts = caller.Account is not null ? [caller.Account]
            : caller.Databases.Count > 0 ? AccountsOf(caller)
            : engine.ListAccounts() is { Count: > 0 } all ? all
            : [options.DefaultAccount];
        return [.. accounts.Select(account => new AccountInfo(account, account))];
    }

    private List<string> AccountsOf(TokenRecord caller) =>
    [
        .. caller.Databases.Select(engine.FindDatabase).OfType<DatabaseRecord>().Select(record => record.Account)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];
}
