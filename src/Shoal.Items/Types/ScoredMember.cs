using Shoal.Items.Values;

namespace Shoal.Items.Types;

/// <summary>A member of a sorted set.</summary>
/// <param name="Member">The text.</param>
/// <param name="Score">What orders it, exactly.</param>
public readonly record struct ScoredMember(string Member, ItemNumber Score)
{
    /// <summary>A member with an integer for its score.</summary>
    public ScoredMember(string member, long score)
        : this(member, ItemNumber.FromInteger(score))
    {
    }
}
