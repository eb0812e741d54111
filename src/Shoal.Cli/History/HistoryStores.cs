using System.CommandLine;
using Shoal.Engine.History.Stores;
using Shoal.ObjectStore;

namespace Shoal.Cli.History;

/// <summary>Finds the history store that somebody names: <c>s3://bucket/prefix</c>, or a folder.</summary>
internal static class HistoryStores
{
    /// <summary>The options of commands that are about a store.</summary>
    public static (Option<string?> Endpoint, Option<string?> Region) Options() => (
        new Option<string?>("--endpoint")
        {
            Description = "Address of an S3-compatible server, like http://127.0.0.1:7480. Default: Amazon's.",
            HelpName = "URL",
        },
        new Option<string?>("--region") { Description = "Region of the bucket. Default: what AWS_REGION says.", HelpName = "REGION" });

    /// <summary>Opens a store; no request is sent yet.</summary>
    /// <exception cref="CliException">The address of the store or of its server is not valid.</exception>
    /// <exception cref="ObjectStoreException">It can not be used.</exception>
    public static IObjectStore Open(CommandContext context, string store, string? endpoint, string? region)
    {
        if (!S3Address.IsMeant(store))
        {
            return endpoint is null && region is null && !store.Contains("://", StringComparison.Ordinal)
                ? new FolderObjectStore(context.Console.FullPath(store))
                : throw CliException.Usage("the history store is neither a folder nor an S3 address",
                    "write s3://BUCKET/PREFIX; endpoint and region are for such an address only");
        }

        Uri? server = null;
        if (endpoint is not null && (!Uri.TryCreate(endpoint, UriKind.Absolute, out server)
            || server.Scheme is not ("http" or "https") || server.UserInfo.Length > 0))
        {
            throw CliException.Usage("the endpoint of the history store is not valid",
                "it is an address like https://s3.example.com, without keys");
        }

        return new S3ObjectStore(S3Address.Parse(store), server, region);
    }
}
