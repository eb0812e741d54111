using Shoal.Protocol;

namespace Shoal.Server.Http;

/// <summary>The requests of one database in the <see cref="FairQueue"/>, which guards it.</summary>
internal sealed class FairLine(DatabaseId id)
{
    public DatabaseId Id { get; } = id;

    /// <summary>What to call, oldest first.</summary>
    public Queue<Action> Waiting { get; } = new();

    /// <summary>How many of them go on now.</summary>
    public int GoingCount { get; set; }

    /// <summary>Processor time that it has used, counted from where the others were when it began. Units: stopwatch ticks.</summary>
    public long UsedTicks { get; set; }
}
