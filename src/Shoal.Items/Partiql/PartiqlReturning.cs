namespace Shoal.Items.Partiql;

/// <summary>What a PartiQL write shows.</summary>
internal enum PartiqlReturning
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The item as it was.</summary>
    AllOld,

    /// <summary>What it changed, as it was.</summary>
    ModifiedOld,

    /// <summary>The item as it is now.</summary>
    AllNew,

    /// <summary>What it changed, as it is now.</summary>
    ModifiedNew,
}
