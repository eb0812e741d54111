using Shoal.Engine.Requests;
using Shoal.PowerCut.Model;
using Shoal.Sqlite.Statements;

namespace Shoal.PowerCut.Load;

/// <summary>Takes the answers to <see cref="Questions.Everything"/>, row by row.</summary>
internal sealed class StateReader : IResultSink
{
    private int _statement = -1;
    private ulong _digest;
    private long _rows;
    private int _columns;
    private bool _hasIndex;

    public long Commits { get; private set; }

    public DatabaseState State => new(_rows, _digest, _columns, _hasIndex);

    public void Reset()
    {
        _statement = -1;
        _digest = 0;
        _rows = 0;
        _hasIndex = false;
    }

    public void BeginStatement(StatementPosition position, SqliteColumns columns)
    {
        if (++_statement == 2)
        {
            _columns = columns.Count;
        }
    }

    public void Row(SqliteRow row)
    {
        switch (_statement)
        {
            case 0:
                Commits = row.Integer(0);
                break;
            case 1:
                _rows++;
                _digest += Model.Row.Hash(row.Integer(0), row.Integer(1), row.Integer(2), row.Text(3));
                break;
            default:
                _hasIndex = true;
                break;
        }
    }

    public void EndStatement(in StatementMeta meta)
    {
    }
}
