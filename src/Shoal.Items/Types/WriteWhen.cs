namespace Shoal.Items.Types;

/// <summary>When something is written.</summary>
public enum WriteWhen
{
    /// <summary>Whatever is there.</summary>
    Always,

    /// <summary>Only where nothing is.</summary>
    Absent,

    /// <summary>Only in the place of something.</summary>
    Present,
}
