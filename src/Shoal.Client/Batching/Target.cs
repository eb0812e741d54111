namespace Shoal.Client.Batching;

/// <summary>A database that a writer sends to, with what is kept for it.</summary>
/// <remarks>Thread: <see cref="Rent"/> and <see cref="Return"/> are safe.</remarks>
internal sealed class Target<T>(Database database, CircuitBreaker breaker, Func<Target<T>, LaneSender<T>> create)
{
    private readonly Lock _gate = new();
    private readonly Stack<LaneSender<T>> _idle = [];

    public Database Database => database;

    public string Name => database.Name;

    public CircuitBreaker Breaker => breaker;

    public LaneSender<T> Rent()
    {
        lock (_gate)
        {
            return _idle.TryPop(out var sender) ? sender : create(this);
        }
    }

    public void Return(LaneSender<T> sender)
    {
        lock (_gate)
        {
            _idle.Push(sender);
        }
    }
}
