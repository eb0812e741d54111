namespace Shoal.Sync.Values;

/// <summary>The rule for one column: the form, with what the form needs.</summary>
/// <param name="Form">How it is stored.</param>
/// <param name="Scale">Digits after the point of a scaled integer.</param>
/// <param name="Element">The rule for an array's elements.</param>
/// <param name="Delimiter">Between an array's elements.</param>
internal sealed record ValueRule(ValueForm Form, int Scale = 0, ValueRule? Element = null, char Delimiter = ',')
{
    /// <summary>The type of the STRICT table's column.</summary>
    public string SqliteType => Form switch
    {
        ValueForm.Integer or ValueForm.Boolean or ValueForm.UnixSeconds or ValueForm.UnixMilliseconds
            or ValueForm.UnixMicroseconds or ValueForm.Days or ValueForm.ScaledInteger => "INTEGER",
        ValueForm.Real => "REAL",
        ValueForm.Bytes => "BLOB",
        ValueForm.Text or ValueForm.Money or ValueForm.Timestamp or ValueForm.TimestampUtc or ValueForm.Array => "TEXT",
    };
}
