using System.Security.Cryptography;
using Shoal.Engine.History;
using Shoal.Protocol.Admin;

namespace Shoal.Server.History;

/// <summary>What a sample of restores has shown, as it goes over the wire; the same for a server and for a data folder.</summary>
public static class BackupReport
{
    /// <summary>A seed that nobody chose.</summary>
    public static int NewSeed() => RandomNumberGenerator.GetInt32(int.MaxValue);

    /// <summary>The report of a proof.</summary>
    public static RestoreProofInfo Of(RestoreProof proof) => new(proof.Seed, proof.IsGood, [.. proof.Checks.Select(
        static check => new RestoreCheckInfo(check.Database.Account, check.Database.Name, check.Database.Id.ToString(),
            check.Bookmark?.ToString(), check.IsCompared, check.Tables, check.Rows, check.Hash,
            Math.Round(check.Took.TotalMilliseconds, 1), check.Problem))]);
}
