namespace Shoal.Items.Values;

/// <summary>Whether a text or a result is a number that an item can hold.</summary>
public enum NumberStatus
{
    /// <summary>It is.</summary>
    Ok,

    /// <summary>The text is no number.</summary>
    NotANumber,

    /// <summary>Its magnitude is 10^126 or more.</summary>
    Overflow,

    /// <summary>Its magnitude is less than 10^-130.</summary>
    Underflow,

    /// <summary>It has more than 38 significant digits.</summary>
    TooPrecise,
}
