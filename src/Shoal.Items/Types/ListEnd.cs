namespace Shoal.Items.Types;

/// <summary>An end of a list.</summary>
public enum ListEnd
{
    /// <summary>Before the first element.</summary>
    Left,

    /// <summary>After the last element.</summary>
    Right,
}
