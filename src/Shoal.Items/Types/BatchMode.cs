namespace Shoal.Items.Types;

/// <summary>What a write that is refused means for the others of its batch.</summary>
public enum BatchMode
{
    /// <summary>None is applied, and the batch fails with the error.</summary>
    AllOrNothing,

    /// <summary>The others are applied; the results say which was not, and why.</summary>
    Each,
}
