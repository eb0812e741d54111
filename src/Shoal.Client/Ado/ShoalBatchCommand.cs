using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Shoal.Client.Ado;

/// <summary>One command of a <see cref="ShoalBatch"/>.</summary>
public sealed class ShoalBatchCommand : DbBatchCommand
{
    private string _text = "";

    /// <summary>A command without SQL yet.</summary>
    public ShoalBatchCommand()
    {
    }

    /// <summary>A command.</summary>
    public ShoalBatchCommand(string commandText) => _text = commandText;

    /// <inheritdoc/>
    [AllowNull]
    public override string CommandText
    {
        get => _text;
        [SuppressMessage("Security", "CA2100", Justification = "Whoever sets it answers for it.")]
        set => _text = value ?? "";
    }

    /// <summary>Always text.</summary>
    public override CommandType CommandType
    {
        get => CommandType.Text;
        set
        {
            if (value != CommandType.Text)
            {
                throw new NotSupportedException("SQLite has no stored procedures; only CommandType.Text is possible");
            }
        }
    }

    /// <summary>Rows that it changed, once the batch has run; -1 when it only reads.</summary>
    public override int RecordsAffected => Affected;

    /// <summary>Its parameters.</summary>
    public new ShoalParameterCollection Parameters { get; } = new();

    /// <inheritdoc/>
    public override bool CanCreateParameter => true;

    internal int Affected { get; set; } = -1;

    /// <inheritdoc/>
    protected override DbParameterCollection DbParameterCollection => Parameters;

    /// <inheritdoc/>
    public override DbParameter CreateParameter() => new ShoalParameter();
}
