using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Shoal.Client.Ado;

/// <summary>A value of a command, by name (<c>@p</c>, <c>:p</c>, <c>$p</c>, or <c>p</c> for any of them) or by position.</summary>
/// <remarks>
/// The value's own type decides how it is bound: integers, <c>bool</c> and enums as integers; <see cref="Guid"/>,
/// <c>decimal</c>, dates and times as texts in ISO 8601 (UTC, unless a <see cref="DateTime"/> does not say which it is);
/// <c>byte[]</c> as a blob.
/// </remarks>
public sealed class ShoalParameter : DbParameter
{
    private string _name = "";
    private string _sourceColumn = "";

    /// <summary>A parameter without name and value yet.</summary>
    public ShoalParameter()
    {
    }

    /// <summary>A parameter.</summary>
    public ShoalParameter(string? name, object? value)
    {
        ParameterName = name;
        Value = value;
    }

    /// <inheritdoc/>
    public override DbType DbType { get; set; } = DbType.String;

    /// <summary>Always input.</summary>
    public override ParameterDirection Direction
    {
        get => ParameterDirection.Input;
        set
        {
            if (value != ParameterDirection.Input)
            {
                throw new NotSupportedException("SQLite's statements have no output parameters; use RETURNING and read the rows");
            }
        }
    }

    /// <inheritdoc/>
    public override bool IsNullable { get; set; } = true;

    /// <inheritdoc/>
    [AllowNull]
    public override string ParameterName
    {
        get => _name;
        set => _name = value ?? "";
    }

    /// <inheritdoc/>
    public override int Size { get; set; }

    /// <inheritdoc/>
    [AllowNull]
    public override string SourceColumn
    {
        get => _sourceColumn;
        set => _sourceColumn = value ?? "";
    }

    /// <inheritdoc/>
    public override bool SourceColumnNullMapping { get; set; }

    /// <inheritdoc/>
    public override object? Value { get; set; }

    /// <summary>The name without its first character.</summary>
    internal ReadOnlySpan<char> PlainName => _name.Length > 0 && _name[0] is '@' or ':' or '$' ? _name.AsSpan(1) : _name;

    /// <inheritdoc/>
    public override void ResetDbType() => DbType = DbType.String;
}
