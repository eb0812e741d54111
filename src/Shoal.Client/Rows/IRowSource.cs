namespace Shoal.Client.Rows;

/// <summary>The rows of a result in the form in which they came, to be read as often as wanted.</summary>
internal interface IRowSource
{
    /// <summary>A reader before the first row.</summary>
    RowReader Open(IReadOnlyList<string> columns);
}
