namespace Shoal.Items.Types;

/// <summary>Which scores replace the score of a member that is there.</summary>
public enum ScoreRule
{
    /// <summary>All.</summary>
    Any,

    /// <summary>Only a greater one.</summary>
    Greater,

    /// <summary>Only a smaller one.</summary>
    Less,

    /// <summary>None: only new members are added.</summary>
    Keep,
}
