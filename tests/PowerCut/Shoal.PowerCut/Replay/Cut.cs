using Shoal.PowerCut.Model;

namespace Shoal.PowerCut.Replay;

/// <summary>One power cut: when it comes, and what of the unflushed writes it leaves.</summary>
/// <param name="Number">Its number; with the seed it says all.</param>
/// <param name="Record">Records before this one have happened.</param>
/// <param name="Seed">Chooses among unflushed writes.</param>
/// <param name="KeepPercent">How many of them are kept.</param>
/// <param name="TearBytes">The pieces they are torn into; 0 for whole ones.</param>
internal readonly record struct Cut(int Number, int Record, ulong Seed, int KeepPercent, int TearBytes)
{
    public static Cut Choose(ulong seed, int number, int recordCount)
    {
        var chance = new Chance(seed, 0xC07, (ulong)number);
        ReadOnlySpan<int> percents = [0, 30, 50, 90, 100];
        ReadOnlySpan<int> tears = [0, 512, 4096];
        return new Cut(number, chance.Below(recordCount + 1), chance.Next(), percents[chance.Below(percents.Length)],
            tears[chance.Below(tears.Length)]);
    }

    public override string ToString() =>
        $"point {Number} (record {Record}, {KeepPercent} % of unflushed writes, {(TearBytes == 0 ? "whole" : $"torn at {TearBytes}")})";
}
