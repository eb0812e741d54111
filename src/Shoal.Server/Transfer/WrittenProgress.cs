using Shoal.Engine.Transfer;

namespace Shoal.Server.Transfer;

/// <summary>Remembers how much an export has written, also when it ends early.</summary>
/// <remarks>Thread: written by the export's, read when that has ended.</remarks>
internal sealed class WrittenProgress(IProgress<TransferProgress>? next = null) : IProgress<TransferProgress>
{
    public TransferProgress Written { get; private set; }

    public void Report(TransferProgress value)
    {
        Written = value;
        next?.Report(value);
    }
}
