using System.Net;

namespace Shoal.Client;

/// <summary>A request failed. The root of all exceptions that the client throws for what is no bug of its caller.</summary>
public class ShoalException : Exception
{
    internal ShoalException(ShoalErrorKind kind, string message, Exception? inner = null)
        : base(message, inner) => Kind = kind;

    /// <summary>Why it failed.</summary>
    public ShoalErrorKind Kind { get; }

    /// <summary>The number in the reply's <c>errors[0].code</c> (7500 for SQL); 0 when there was no such reply.</summary>
    public int Code { get; internal init; }

    /// <summary>The reply's status; null when there was none.</summary>
    public HttpStatusCode? Status { get; internal init; }

    /// <summary>The database as the caller named it; null when the request was about none.</summary>
    public string? Database { get; internal init; }

    /// <summary>Which statement of the batch failed, from 0; null when the reply does not say.</summary>
    public int? StatementIndex { get; internal init; }

    /// <summary>What to do about it.</summary>
    public string Hint { get; internal init; } = "";

    /// <summary>
    /// Whether the server may have done what was asked: the request went out, and no reply tells that it failed. Where false,
    /// nothing was changed.
    /// </summary>
    public bool MayHaveBeenApplied { get; internal init; }

    /// <summary>How long the server asked to wait; null when it did not.</summary>
    public TimeSpan? RetryAfter { get; internal init; }

    /// <summary>Attempts that were made.</summary>
    public int Attempts { get; internal init; } = 1;

    /// <summary>Whether the same request may succeed later.</summary>
    public bool IsTransient => Kind is ShoalErrorKind.Overloaded or ShoalErrorKind.Unavailable or ShoalErrorKind.Unreachable
        or ShoalErrorKind.ConnectionLost or ShoalErrorKind.Timeout or ShoalErrorKind.ServerError
        or ShoalErrorKind.MalformedReply;

    /// <summary>Message, then hint.</summary>
    public override string Message => Hint.Length == 0 ? base.Message : $"{base.Message} Hint: {Hint}";

    /// <summary>What went wrong, without the hint.</summary>
    public string Reason => base.Message;

    /// <summary>The same, with what the attempts before it left open.</summary>
    internal ShoalException After(int attempts, bool mayHaveBeenApplied) => new(Kind, Reason, InnerException ?? this)
    {
        Code = Code,
        Status = Status,
        Database = Database,
        StatementIndex = StatementIndex,
        Hint = Hint,
        MayHaveBeenApplied = MayHaveBeenApplied || mayHaveBeenApplied,
        RetryAfter = RetryAfter,
        Attempts = attempts,
    };
}
