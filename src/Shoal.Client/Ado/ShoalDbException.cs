using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Shoal.Client.Ado;

/// <summary>A command failed. ADO.NET's form of a <see cref="ShoalException"/>, which says more.</summary>
[SuppressMessage("Design", "CA1032", Justification = "It exists only around a ShoalException.")]
public sealed class ShoalDbException : DbException
{
    internal ShoalDbException(ShoalException error, DbBatchCommand? batchCommand = null)
        : base(error.Message, error)
    {
        Error = error;
        DbBatchCommand = batchCommand;
    }

    /// <summary>What happened, and whether the statements may have been applied.</summary>
    public ShoalException Error { get; }

    /// <summary>Why.</summary>
    public ShoalErrorKind Kind => Error.Kind;

    /// <inheritdoc/>
    public override bool IsTransient => Error.IsTransient;

    /// <summary>D1's code: 7500 for SQL.</summary>
    public override int ErrorCode => Error.Code;

    /// <inheritdoc/>
    protected override DbBatchCommand? DbBatchCommand { get; }
}
