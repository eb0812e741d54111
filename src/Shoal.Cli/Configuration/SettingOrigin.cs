namespace Shoal.Cli.Configuration;

/// <summary>Where a setting's value comes from; the lower number wins.</summary>
internal enum SettingOrigin
{
    Flag,
    Environment,
    Profile,
    Default,
}
