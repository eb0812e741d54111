using Shoal.Cli.Output;
using Shoal.Cli.Serving;

namespace Shoal.Cli.Configuration;

/// <summary><c>shoal config print</c>: every setting with its value and origin.</summary>
internal static class ConfigCommand
{
    public static CliCommand Create(CliApplication application, TargetOptions options)
    {
        var config = new CliCommand("config", "Show the settings in force.", "config print");
        var serve = new ServeOptions();
        var print = options.AddTo(new CliCommand("print",
            "Print every setting, its value and where it comes from; secrets are not shown.",
            "config print", "config print --json", "config print --url http://10.0.0.5:8787"));
        serve.AddLimitsTo(print);
        config.Add(application.Bind(print, (context, _) =>
        {
            var target = context.ReadTargetSettings();
            Print(context, [target.Url, target.Token, target.Account, target.Data, .. serve.Read(context)]);
            return Task.CompletedTask;
        }));
        return config;
    }

    private static void Print(CommandContext context, IReadOnlyList<Setting> settings)
    {
        var profile = context.Settings.Profile;
        if (context.Json)
        {
            JsonOutput.Write(context.Console, writer =>
            {
                writer.WriteStartObject();
                writer.WriteStartArray("settings");
                foreach (var setting in settings)
                {
                    writer.WriteStartObject();
                    writer.WriteString("name", setting.Name);
                    writer.WriteString("value", Shown(setting));
                    writer.WriteString("origin", OriginText(setting.Origin));
                    writer.WriteString("source", setting.Source);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
                writer.WriteString("profile", profile.Path);
                writer.WriteBoolean("profile_exists", profile.Exists);
                writer.WriteEndObject();
            });
            return;
        }

        RowsOutput.Write(context.Console, ["setting", "value", "origin"],
            settings.Select(setting => new object?[] { setting.Name, Shown(setting), setting.Source }));
        context.Console.Note($"profile: {profile.Path}{(profile.Exists ? "" : " (does not exist)")}");
    }

    private static string? Shown(Setting setting) =>
        setting is { Name: "token", Value: not null } ? "(set, not shown)" : setting.Value;

    private static string OriginText(SettingOrigin origin) => origin switch
    {
        SettingOrigin.Flag => "flag",
        SettingOrigin.Environment => "environment",
        SettingOrigin.Profile => "profile",
        SettingOrigin.Default => "default",
    };
}
