namespace Shoal.Server.D1;

/// <summary>How rows are written.</summary>
internal enum ResultShape
{
    /// <summary>Each row an object (<c>/query</c>).</summary>
    Objects,

    /// <summary>Column names once, each row an array (<c>/raw</c>).</summary>
    Arrays,
}
