using System.Text;
using Shoal.Client;
using Shoal.Client.Bulk;
using Shoal.Client.Http;
using Shoal.Sync.Apply;
using Shoal.Sync.Plan;

namespace Shoal.Sync.Copying;

/// <summary>Rows of a table in the form in which they are sent, and the texts of their keys: nothing else of a row is kept.</summary>
/// <remarks>
/// Thread: not safe. Objects per row would live until they are sent, and the garbage collector would carry them along.
/// </remarks>
internal sealed class CopyBlock(TablePlan table, bool aside, LaneContext context)
{
    private readonly JsonBuffer _keys = new();
    private readonly List<int> _ends = [];

    public TablePlan Table => table;

    /// <summary>The rows; what they were made of is gone.</summary>
    public RowBlock<SqlValue[]> Rows { get; } = context.Client.Channel.NewBlock(context.CopySql(table, aside), asParameters: true);

    public int Count => _ends.Count;

    /// <summary>About what it takes in memory.</summary>
    public long Bytes => Rows.Bytes + _keys.Length + (sizeof(int) * _ends.Count);

    /// <param name="row">The row, which stays the caller's.</param>
    public void Add(SqlValue[] row)
    {
        Rows.Add(row);
        for (var index = 0; index < table.Keys.Count; index++)
        {
            if (index > 0)
            {
                _keys.Raw((byte)',');
            }

            var value = row[table.Keys[index]];
            if (value.Kind == SqlValueKind.Integer)
            {
                _keys.Integer(value.AsInteger);
            }
            else
            {
                _keys.Raw(Encoding.UTF8.GetBytes(value.ToString()));
            }
        }

        _ends.Add(_keys.Length);
    }

    /// <summary>The key of a row, for people.</summary>
    public string KeyOf(int row) => Encoding.UTF8.GetString(_keys.Memory.Span[(row == 0 ? 0 : _ends[row - 1]).._ends[row]]);

    /// <summary>Gives its memory back; nobody may be sending from it.</summary>
    public void Recycle()
    {
        Rows.Recycle();
        _keys.Recycle();
    }
}
