namespace Shoal.Cli.Configuration;

/// <summary>A setting's value and where it comes from.</summary>
/// <param name="Name">Its name: the flag without dashes.</param>
/// <param name="Value">The text as it was given; null when nothing gives one.</param>
/// <param name="Origin">Which of the four sources won.</param>
/// <param name="Source">The source in full: the flag, the variable, the file.</param>
internal sealed record Setting(string Name, string? Value, SettingOrigin Origin, string Source);
