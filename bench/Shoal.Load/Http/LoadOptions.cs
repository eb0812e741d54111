namespace Shoal.Load.Http;

/// <summary>One run of the load generator.</summary>
internal sealed record LoadOptions
{
    /// <summary>The URL, with variables. Only http.</summary>
    public required string Url { get; init; }

    /// <summary>The method. Default POST.</summary>
    public string Method { get; init; } = "POST";

    /// <summary>Header lines beyond Host, Content-Type and Content-Length.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    /// <summary>The JSON body, with variables; null for none.</summary>
    public string? Body { get; init; }

    /// <summary>Definitions of the variables (<see cref="RequestVariable"/>).</summary>
    public IReadOnlyList<string> Variables { get; init; } = [];

    /// <summary>Text that every response body must hold; null to look at the status only.</summary>
    public string? Expect { get; init; }

    /// <summary>Connections, each with one request under way at any time.</summary>
    public int Connections { get; init; } = 1;

    /// <summary>Requests per second of all connections together, evenly spaced; 0 for as many as are answered.</summary>
    public double Rate { get; init; }

    /// <summary>Whether the processor is offered to others after each response: for load that stands for another machine.</summary>
    public bool IsPolite { get; init; }

    /// <summary>Threads that serve the connections. One is enough for more than any server on the same machine.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Load before the measurement.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Length of the measurement.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Load after the measurement: so that who measures at the same time ends beside the same load, and not beside the end of a program.
    /// </summary>
    public TimeSpan CoolDown { get; init; }

    /// <summary>Seed of the values of the variables.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Process whose CPU time (and its children's) is taken over the measurement; 0 for none.</summary>
    public int ServerProcess { get; init; }
}
