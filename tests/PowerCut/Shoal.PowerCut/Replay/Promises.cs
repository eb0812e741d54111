using Shoal.PowerCut.Load;

namespace Shoal.PowerCut.Replay;

/// <summary>What had been promised of one database at the time of a cut.</summary>
internal sealed class Promises
{
    public bool MustExist { get; private set; }

    public bool MayExist { get; private set; } = true;

    /// <summary>Commits that were acknowledged.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>Commits that a read or an error has shown.</summary>
    public int Seen { get; private set; }

    /// <summary>The number of the last commit that restored it and was acknowledged.</summary>
    public ulong Restored { get; private set; }

    public void Add(Mark mark)
    {
        switch (mark.Kind)
        {
            case MarkKind.Created:
                MustExist = true;
                break;
            case MarkKind.Committed:
                Acknowledged = Math.Max(Acknowledged, mark.Commits);
                break;
            case MarkKind.Seen:
                Seen = Math.Max(Seen, mark.Commits);
                break;
            case MarkKind.Dropping:
                MustExist = false;
                break;
            case MarkKind.Dropped:
                MayExist = false;
                break;
            case MarkKind.Restored:
                Restored = Math.Max(Restored, (ulong)mark.Commits);
                break;
            case MarkKind.Vacuumed:
                break;
            default:
                throw new InvalidDataException($"unknown mark {mark.Kind}");
        }
    }
}
