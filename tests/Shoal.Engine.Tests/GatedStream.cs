using System.Text;

namespace Shoal.Engine.Tests;

/// <summary>A text whose reader is held at its first read until the test opens the gate.</summary>
internal sealed class GatedStream(string text) : MemoryStream(Encoding.UTF8.GetBytes(text))
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _gate = new();

    public Task Reached => _reached.Task;

    public void Open() => _gate.Set();

    public override int Read(byte[] buffer, int offset, int count)
    {
        _reached.TrySetResult();
        _gate.Wait();
        return base.Read(buffer, offset, count);
    }

    protected override void Dispose(bool disposing)
    {
        _gate.Set();
        base.Dispose(disposing);
    }
}
