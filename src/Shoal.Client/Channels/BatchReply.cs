using Shoal.Client.D1;

namespace Shoal.Client.Channels;

/// <summary>The results of a batch and the memory they stand in.</summary>
/// <remarks>Owns: the memory. Disposing gives it back; where results are kept it is left to the garbage collector.</remarks>
internal readonly struct BatchReply(StatementResult[] results, IDisposable? memory) : IDisposable
{
    /// <summary>One per statement, in order.</summary>
    public StatementResult[] Results => results;

    public void Dispose() => memory?.Dispose();
}
