namespace Shoal.Cli.Configuration;

/// <summary>Finds settings in flags, then <c>SHOAL_*</c> variables, then the profile file, then defaults.</summary>
internal sealed class SettingsReader
{
    private readonly CliConsole _console;
    private ProfileFile? _profile;

    public SettingsReader(CliConsole console) => _console = console;

    /// <summary>The profile; read on first use, so that a command line which needs none never fails on it.</summary>
    public ProfileFile Profile => _profile ??= ProfileFile.Read(_console);

    public Setting Read(string name, string? flag, string? defaultValue = null)
    {
        if (flag is not null)
        {
            return new Setting(name, flag, SettingOrigin.Flag, "--" + name);
        }

        var variable = VariableOf(name);
        if (_console.Environment(variable) is { } value)
        {
            return new Setting(name, value, SettingOrigin.Environment, variable);
        }

        return Profile.Find(name) is { } stored
            ? new Setting(name, stored, SettingOrigin.Profile, Profile.Path)
            : new Setting(name, defaultValue, SettingOrigin.Default, "default");
    }

    /// <summary>The environment variable of a setting: <c>query-timeout</c> is <c>SHOAL_QUERY_TIMEOUT</c>.</summary>
    public static string VariableOf(string name) => "SHOAL_" + name.ToUpperInvariant().Replace('-', '_');
}
