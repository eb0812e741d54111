namespace Shoal.Client.Batching;

/// <summary>What kind of failure kept rows out of the database; decides whether they are sent again, halved or given up.</summary>
public enum WriteFault
{
    /// <summary>Something passing: it is sent again.</summary>
    Transient,

    /// <summary>A row violates a constraint: sent again it would fail again.</summary>
    Constraint,

    /// <summary>A value has a type that its column does not take.</summary>
    Type,

    /// <summary>A value or a request is too large.</summary>
    Size,

    /// <summary>Anything else: a missing table, a wrong token.</summary>
    Other,
}
