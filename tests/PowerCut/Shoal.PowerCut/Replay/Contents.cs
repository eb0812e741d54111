using Shoal.PowerCut.Load;
using Shoal.PowerCut.Model;

namespace Shoal.PowerCut.Replay;

/// <summary>How often each kind of thing happened in a recording: told by its marks, the model, and the bytes written.</summary>
internal sealed class Contents
{
    private readonly SortedDictionary<LoadKind, int> _counts = [];

    private Contents()
    {
    }

    public static Contents Of(Recording recording, string path, ulong seed)
    {
        var contents = new Contents();
        var models = new Dictionary<int, List<Transaction>>();
        foreach (var mark in recording.Marks)
        {
            switch (mark.Kind)
            {
                case MarkKind.Created:
                    contents.Count(LoadKind.Creations);
                    break;
                case MarkKind.Dropped:
                    contents.Count(LoadKind.Deletions);
                    break;
                case MarkKind.Seen:
                    contents.Count(LoadKind.SeenByReads);
                    break;
                case MarkKind.Vacuumed:
                    contents.Count(LoadKind.Vacuums);
                    break;
                case MarkKind.Restored:
                    contents.Count(LoadKind.Restores);
                    break;
                case MarkKind.Committed:
                    contents.Count(TransactionOf(models, seed, mark));
                    break;
                default:
                    break;
            }
        }

        contents.Count(LoadKind.Databases, models.Count);
        var scan = new LogScan();
        Recording.ReadWrites(path, scan.Add);
        contents.Count(LoadKind.LogCommits, scan.Commits);
        contents.Count(LoadKind.MultiPartCommits, scan.MultiPartCommits);
        contents.Count(LoadKind.SpilledCommits, scan.SpilledCommits);
        contents.Count(LoadKind.LogCheckpoints, scan.Checkpoints);
        contents.Count(LoadKind.RecycledSegments, scan.RecycledSegments);
        contents.Count(LoadKind.WalRestarts, scan.WalRestarts);
        return contents;
    }

    /// <summary>What never happened and should have.</summary>
    public IReadOnlyList<LoadKind> Missing(string durability) => [.. Enum.GetValues<LoadKind>()
        .Where(kind => _counts.GetValueOrDefault(kind) == 0 && (durability == "log" || kind < LoadKind.LogCommits))];

    public override string ToString() =>
        "the recording holds: " + string.Join(", ", _counts.Select(pair => $"{pair.Key} {pair.Value}"));

    private static Transaction TransactionOf(Dictionary<int, List<Transaction>> models, ulong seed, Mark mark)
    {
        if (!models.TryGetValue(mark.Database, out var transactions))
        {
            models.Add(mark.Database, transactions = []);
        }

        if (transactions.Count < mark.Commits)
        {
            var model = new DatabaseModel(seed, mark.Database);
            transactions.Clear();
            while (transactions.Count < mark.Commits + 50)
            {
                transactions.Add(model.Next());
            }
        }

        return transactions[mark.Commits - 1];
    }

    private void Count(Transaction transaction)
    {
        Count(LoadKind.Transactions);
        Count(LoadKind.Imports, transaction.IsImport ? 1 : 0);
        Count(LoadKind.SchemaChanges, transaction.ChangesSchema ? 1 : 0);
        Count(LoadKind.Returning, transaction.ReturnsRows ? 1 : 0);
    }

    private void Count(LoadKind kind, int times = 1) => _counts[kind] = _counts.GetValueOrDefault(kind) + times;
}
