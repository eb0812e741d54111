using System.CommandLine;
using System.Data.Common;
using Shoal.Cli.Configuration;
using Shoal.Client;
using Shoal.Sync;
using Shoal.Sync.Configuration;

namespace Shoal.Cli.Syncing;

/// <summary>What all commands of <c>shoal sync</c> read: the configuration file, and where the tenants' databases are.</summary>
internal sealed class SyncInput
{
    public Argument<string> File { get; } = new("FILE")
    {
        Description = "The configuration: JSON, ${NAME} is taken from the environment. docs/guides/edge-sync.md has an example.",
    };

    public Option<string?> Only { get; } = new("--source")
    {
        Description = "Only this source of the file.",
        HelpName = "NAME",
    };

    public void AddTo(CliCommand command)
    {
        command.Add(File);
        command.Add(Only);
    }

    /// <summary>The sources that are meant.</summary>
    public async Task<IReadOnlyList<SourceSettings>> ReadAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var all = await ReadFileAsync(context, context.Required(File), cancellationToken);
        var only = context.Arguments.GetValue(Only);
        var sources = all.Where(source => only is null || source.Name == only).ToList();
        return sources.Count > 0 ? sources : throw CliException.Usage($"the file has no source {only}",
            "it has " + string.Join(", ", all.Select(static source => source.Name)));
    }

    /// <summary>All sources of a file.</summary>
    public static async Task<IReadOnlyList<SourceSettings>> ReadFileAsync(CommandContext context, string file,
        CancellationToken cancellationToken)
    {
        var path = context.Console.FullPath(file);
        if (!System.IO.File.Exists(path))
        {
            throw new CliException($"there is no file {path}", "docs/guides/edge-sync.md has an example to begin with");
        }

        var content = await System.IO.File.ReadAllBytesAsync(path, cancellationToken);
        return Guard(() => SyncConfigurationReader.Read(content, context.Console.Environment)).Sources;
    }

    /// <summary>A client of the server with the tenants' databases.</summary>
    public static ShoalClient Connect(CommandContext context)
    {
        var target = context.ReadTargetSettings();
        if (target.UsesFolder)
        {
            throw CliException.Usage("the sync writes to a server, not to a data folder", "shoal serve, and give --url");
        }

        return new ShoalClient(new ShoalClientOptions
        {
            Address = Uri.TryCreate(target.Url.Value, UriKind.Absolute, out var address) ? address
                : throw CliException.Usage($"{target.Url.Source}: {target.Url.Value} is no address", "for example http://127.0.0.1:8787"),
            Token = target.Token.Value,
            Account = target.Account.Value!,
        });
    }

    /// <summary>Turns the sync's failures into the command line's.</summary>
    public static async Task<T> GuardAsync<T>(Func<Task<T>> run)
    {
        try
        {
            return await run();
        }
        catch (SyncException error)
        {
            throw new CliException(error.Message, error.Hint, error);
        }
        catch (ShoalException error)
        {
            throw new CliException(error.Reason, error.Hint.Length > 0 ? error.Hint : null, error);
        }
        catch (DbException error)
        {
            throw new CliException($"PostgreSQL: {error.Message}", "check \"connection\" in the file, and that PostgreSQL runs", error);
        }
    }

    private static T Guard<T>(Func<T> run)
    {
        try
        {
            return run();
        }
        catch (SyncException error)
        {
            throw new CliException(error.Message, error.Hint, error);
        }
    }
}
