using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Shoal.Cli.Configuration;
using Shoal.Cli.Databases;
using Shoal.Cli.Output;
using Shoal.Cli.Targets;
using Shoal.Engine.Catalog;
using Shoal.Protocol;

namespace Shoal.Cli.Tokens;

/// <summary><c>shoal token</c>: who may talk to the server.</summary>
internal static class TokenCommands
{
    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var token = new CliCommand("token", "Create, list and revoke API tokens.",
            "token create --name ci --permission write", "token list", "token revoke 1f0c9a2b");
        token.Add(CreateCreate(application, options));
        token.Add(CreateList(application, options));
        token.Add(CreateRevoke(application, options));
        return token;
    }

    private static CliCommand CreateCreate(CliApplication application, TargetOptions options)
    {
        var name = new Option<string>("--name") { Description = "What the token is for.", HelpName = "NAME", Required = true };
        var permission = new Option<string>("--permission")
        {
            Description = "read (queries), write (everything on its databases) or admin (tokens too).",
            HelpName = "WHAT",
            DefaultValueFactory = _ => "write",
        };
        permission.AcceptOnlyFromAmong("read", "write", "admin");
        var databases = new Option<string[]>("--database")
        {
            Description = "Only this database of --account, by name or id; may be repeated.",
            HelpName = "DB",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var everyAccount = new Option<bool>("--every-account")
        {
            Description = "Valid for every account instead of only --account.",
        };
        var expires = new Option<string?>("--expires")
        {
            Description = "When it stops working: a date and time (2027-01-31T00:00:00Z) or days from now (90d).",
            HelpName = "WHEN",
        };
        var command = options.AddTo(new CliCommand("create", "Create a token and print its secret, this once.",
            "token create --name ci --permission write --data ./data",
            "token create --name reports --permission read --database app --expires 90d",
            "token create --name root --permission admin --every-account --data ./data"));
        foreach (var option in (IEnumerable<Option>)[name, permission, databases, everyAccount, expires])
        {
            command.Add(option);
        }

        return application.Bind(command, async (context, cancellationToken) =>
        {
            var wanted = context.Arguments.GetValue(databases) ?? [];
            var every = context.Arguments.GetValue(everyAccount);
            if (every && wanted.Length > 0)
            {
                throw CliException.Usage("--every-account and --database exclude each other",
                    "a token for single databases belongs to their account");
            }

            var expiry = ParseExpiry(context.Arguments.GetValue(expires), context.Console.Time.GetUtcNow());
            await using var target = await context.OpenTargetAsync(createFolder: true, cancellationToken);
            var ids = new List<DatabaseId>(wanted.Length);
            foreach (var one in wanted)
            {
                ids.Add((await DatabaseCommands.FindAsync(target, one, cancellationToken)).Id);
            }

            var created = await target.CreateTokenAsync(
                new TokenRequest(context.Required(name), every ? null : context.ReadTargetSettings().Account.Value, ids,
                    Permission(context.Required(permission)), expiry),
                cancellationToken);
            Report(context, created);
        });
    }

    private static CliCommand CreateList(CliApplication application, TargetOptions options)
    {
        var command = options.AddTo(new CliCommand("list", "List the tokens; their secrets are not kept.",
            "token list", "token list --data ./data --json"));
        return application.Bind(command, async (context, cancellationToken) =>
        {
            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            var tokens = await target.ListTokensAsync(cancellationToken);
            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer =>
                {
                    writer.WriteStartArray();
                    foreach (var token in tokens)
                    {
                        WriteJson(writer, token, secret: null);
                    }

                    writer.WriteEndArray();
                });
                return;
            }

            RowsOutput.Write(context.Console, ["id", "name", "permission", "account", "databases", "created_at", "expires_at"],
                tokens.Select(token => new object?[]
                {
                    token.Id, token.Name, HttpBodies.PermissionWord(token.Permission), token.Account ?? "(every)",
                    token.Databases.Count == 0 ? "(all)" : string.Join(' ', token.Databases),
                    DatabaseJson.Timestamp(token.CreatedAt),
                    token.ExpiresAt is { } expiry ? DatabaseJson.Timestamp(expiry) : "never",
                }));
        });
    }

    private static CliCommand CreateRevoke(CliApplication application, TargetOptions options)
    {
        var id = new Argument<string>("ID") { Description = "Id of the token, from `shoal token list`." };
        var command = options.AddTo(new CliCommand("revoke", "Revoke a token at once and for good.",
            "token revoke 1f0c9a2b", "token revoke 1f0c9a2b --data ./data"));
        command.Add(id);
        return application.Bind(command, async (context, cancellationToken) =>
        {
            await using var target = await context.OpenTargetAsync(createFolder: false, cancellationToken);
            var wanted = context.Required(id);
            if (!await target.RevokeTokenAsync(wanted, cancellationToken))
            {
                throw new CliException($"there is no token \"{wanted}\"", "`shoal token list` shows their ids");
            }

            if (context.Json)
            {
                JsonOutput.Write(context.Console, writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("revoked", wanted);
                    writer.WriteEndObject();
                });
            }
            else
            {
                context.Console.Out.WriteLine($"Revoked token {wanted}.");
            }
        });
    }

    private static void Report(CommandContext context, NewToken created)
    {
        if (context.Json)
        {
            JsonOutput.Write(context.Console, writer => WriteJson(writer, created.Record, created.Secret));
            return;
        }

        // Alone on standard output, so that SHOAL_TOKEN=$(shoal token create …) works.
        context.Console.Out.WriteLine(created.Secret);
        context.Console.Note($"Created token {created.Record.Id} ({created.Record.Name}, "
            + $"{HttpBodies.PermissionWord(created.Record.Permission)}). Keep the secret: it is not shown again.");
    }

    private static void WriteJson(Utf8JsonWriter writer, TokenRecord token, string? secret)
    {
        writer.WriteStartObject();
        writer.WriteString("id", token.Id);
        writer.WriteString("name", token.Name);
        writer.WriteString("permission", HttpBodies.PermissionWord(token.Permission));
        writer.WriteString("account", token.Account);
        writer.WriteStartArray("databases");
        foreach (var database in token.Databases)
        {
            writer.WriteStringValue(database.ToString());
        }

        writer.WriteEndArray();
        writer.WriteString("created_at", DatabaseJson.Timestamp(token.CreatedAt));
        writer.WriteString("expires_at", token.ExpiresAt is { } expiry ? DatabaseJson.Timestamp(expiry) : null);
        if (secret is not null)
        {
            writer.WriteString("secret", secret);
        }

        writer.WriteEndObject();
    }

    private static TokenPermission Permission(string word) => word switch
    {
        "read" => TokenPermission.Read,
        "admin" => TokenPermission.Admin,
        _ => TokenPermission.Write,
    };

    private static DateTimeOffset? ParseExpiry(string? text, DateTimeOffset now)
    {
        if (text is null)
        {
            return null;
        }

        if (text.EndsWith('d') && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None,
            CultureInfo.InvariantCulture, out var days) && days is > 0 and < 36_500)
        {
            return now.AddDays(days);
        }

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant))
        {
            return instant > now ? instant
                : throw CliException.Usage($"--expires {text} has passed", "give a time to come, or days from now like 90d");
        }

        throw CliException.Usage($"--expires {text} is no date and no number of days", "for example 2027-01-31T00:00:00Z or 90d");
    }
}
