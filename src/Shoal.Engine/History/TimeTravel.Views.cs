using Shoal.Engine.Databases;
using Shoal.Engine.Requests;
using Shoal.Protocol;

namespace Shoal.Engine.History;

/// <content>Queries of what a database was, which leave it as it is.</content>
public sealed partial class TimeTravel
{
    /// <summary>Runs a request that only reads on what a database was; under the limits and rules of any reader.</summary>
    /// <remarks>
    /// The first request of a moment waits until it is put together, as for a fork; others share that for as long as it is used.
    /// </remarks>
    /// <exception cref="SqlException">A statement failed.</exception>
    /// <exception cref="EngineException">A statement writes, or history does not have the state.</exception>
    public async Task QueryAsync(DatabaseId id, RestoreMoment moment, SqlRequest request, IResultSink sink,
        CancellationToken cancellationToken = default)
    {
        _ = Known(id);
        if (request.Items.Count == 0)
        {
            throw SqlErrors.Rule(SqlErrors.NoStatements, default, id);
        }

        moment = WithoutName(id, moment);
        var view = _views.TryUse(id, moment) ?? await UseViewAsync(id, moment, cancellationToken).ConfigureAwait(false);
        try
        {
            var database = await view.Opened.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            var readOnly = new SqlRequest { Items = request.Items, Compatibility = request.Compatibility, ReadOnly = true };
            await database.ExecuteAsync(readOnly, sink, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException error) when (error.Kind == EngineErrorKind.ReadOnly)
        {
            throw new EngineException(EngineErrorKind.InvalidArgument, "what a database was can only be read, and the statement writes",
                "Leave as_of away to write to what it is, or fork it and write to the fork.", id, error);
        }
        finally
        {
            _views.Release(view);
        }
    }

    /// <summary>How many states of the past are kept for queries; for tests.</summary>
    internal int ViewCount => _views.Count;

    private async Task<PastView> UseViewAsync(DatabaseId id, RestoreMoment moment, CancellationToken cancellation)
    {
        // Kept open by the task that builds, also when this request leaves.
        var reading = await ReadAsync(id, cancellation).ConfigureAwait(false);
        var isTaken = false;
        try
        {
            var (target, locator) = await LocateAsync(id, moment, reading, cancellation).ConfigureAwait(false);
            (var view, isTaken) = _views.Use(id, target.Bookmark, async (file, stopping) =>
            {
                try
                {
                    _host.Space.Check(id);
                    await BuildAsync(id, target, locator, reading, file, isDurable: false, stopping,
                        bytesMax: _options.History.ViewBytesMax).ConfigureAwait(false);
                }
                finally
                {
                    reading.Dispose();
                }
            });
            if (moment.Time is { } time)
            {
                _views.Note(view, time);
            }

            return view;
        }
        finally
        {
            if (!isTaken)
            {
                reading.Dispose();
            }
        }
    }
}
