namespace Shoal.Items.Types;

/// <summary>What happens when a time has a number already.</summary>
public enum DuplicateRule
{
    /// <summary>The new number replaces it.</summary>
    Last,

    /// <summary>It stays.</summary>
    First,

    /// <summary>The smaller one counts.</summary>
    Min,

    /// <summary>The greater one counts.</summary>
    Max,

    /// <summary>Their sum counts.</summary>
    Sum,

    /// <summary>The write is refused.</summary>
    Refuse,
}
