using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Shoal.TestKit;

/// <summary>Every message of every category and level.</summary>
public sealed class CapturedLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _awaited = new(StringComparer.Ordinal);

    public ConcurrentQueue<string> Messages { get; } = new();

    /// <summary>Completes with the next message that has a text in it.</summary>
    public Task AwaitAsync(string text) =>
        _awaited.GetOrAdd(text, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        Messages.Enqueue(state.ToString() ?? "");
        return null;
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        var message = formatter(state, exception) + exception;
        Messages.Enqueue(message);
        foreach (var (text, awaited) in _awaited)
        {
            if (message.Contains(text, StringComparison.Ordinal))
            {
                awaited.TrySetResult();
            }
        }
    }

    public void Dispose()
    {
    }
}
