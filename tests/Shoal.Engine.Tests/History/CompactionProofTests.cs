using Shoal.Engine.Catalog;
using Shoal.Engine.History;
using Shoal.Engine.Log;
using Shoal.Protocol;

namespace Shoal.Engine.Tests.History;

/// <summary>Goal: inputs stay when outputs lack anything of theirs. Method: packs written by hand.</summary>
public sealed class CompactionProofTests
{
    private static readonly DatabaseId Small = new(Guid.Parse("00000000-0000-0000-0000-000000000001"));
    private static readonly DatabaseId Large = new(Guid.Parse("f0000000-0000-0000-0000-000000000001"));

    [Theory]
    [InlineData("1 2 3 4 5", true)]
    [InlineData("3<0 5<3", true)]
    [InlineData("5<0", true)]
    [InlineData("1 2 3 4 5 6", true)]
    [InlineData("1 2 3 4", false)]
    [InlineData("2 3 4 5", false)]
    [InlineData("1 2 | 4 5", false)]
    [InlineData("1 2 | 5<3", false)]
    [InlineData("1 2 3 | 4 5", true)]
    [InlineData("", false)]
    public void Outputs_must_lead_from_the_same_state_to_the_same_state(string output, bool isWhole)
    {
        using var folder = new TempFolder();
        var history = HistoryFolder.Open(folder.Combine("history"));
        var manifest = Manifest(Write(history, 1, (Small, "1 2"), (Large, "1 2 3 4 5")), Write(history, 2, (Small, "1 2"), (Large, output)));

        if (isWhole)
        {
            Assert.True(CompactionProof.Check(history, manifest, new KnownBookmarks(null!), static _ => true, Rest));
        }
        else
        {
            var error = Assert.Throws<PackDamagedException>(
                () => CompactionProof.Check(history, manifest, new KnownBookmarks(null!), static _ => true, Rest));
            Assert.Equal(Large, error.DatabaseId);
        }

        // What nobody can ask for need not be there.
        Assert.True(CompactionProof.Check(history, manifest, new KnownBookmarks(null!), static id => id != Large, Rest));
    }

    [Fact]
    public void A_check_ends_when_it_is_not_wanted_any_more()
    {
        using var folder = new TempFolder();
        var history = HistoryFolder.Open(folder.Combine("history"));
        var manifest = Manifest(Write(history, 1, (Small, "1 2"), (Large, "1 2 3")), Write(history, 2, (Small, "1 2"), (Large, "1 2 3")));
        using var stop = new CancellationTokenSource();
        var rests = 0;

        Assert.Throws<OperationCanceledException>(
            () => CompactionProof.Check(history, manifest, new KnownBookmarks(null!), static _ => true, RestTwice));

        void RestTwice()
        {
            if (++rests == 2)
            {
                stop.Cancel();
            }

            stop.Token.ThrowIfCancellationRequested();
        }
    }

    private static void Rest()
    {
    }

    private static HistoryManifest Manifest(PackInfo input, PackInfo output) => new(default, 3, 0, [output, input])
    {
        Work = new HistoryWork(PackLevel.Daily, Large, [1], [2]),
    };

    /// <summary>A pack of commits: <c>5&lt;3</c> is commit 5, which builds on 3; a bar begins another block.</summary>
    private static PackInfo Write(HistoryFolder folder, ulong serial, params (DatabaseId Id, string Commits)[] databases)
    {
        var header = new PackHeader(PackLevel.Hourly, 1, default, default);
        var name = HistoryFolder.NameOf(serial, header);
        using var writer = folder.Begin(name, header);
        var body = new byte[LogRecordHeader.TableBytes(1) + 512];
        body[0] = 1;
        foreach (var (id, commits) in databases)
        {
            foreach (var block in commits.Split('|', StringSplitOptions.RemoveEmptyEntries))
            {
                writer.Begin(id, PackEntryKind.Commits, epoch: 1);
                foreach (var commit in block.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    var numbers = commit.Split('<').Select(ulong.Parse).ToArray();
                    writer.Add(new PackPart(numbers[0], numbers.Length > 1 ? numbers[1] : numbers[0] - 1, Time: 1, 1, 512, 1, Continues: false), body);
                }

                writer.End();
            }
        }

        return folder.Publish(name, writer);
    }
}
