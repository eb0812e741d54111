namespace Shoal.Client;

/// <summary>Why a request failed.</summary>
public enum ShoalErrorKind
{
    /// <summary>The database refused the SQL: a constraint, a syntax error, a limit of SQLite. Nothing was applied.</summary>
    Sql,

    /// <summary>A constraint (UNIQUE, NOT NULL, CHECK, FOREIGN KEY …) was violated. Nothing was applied.</summary>
    Constraint,

    /// <summary>The database does not exist.</summary>
    DatabaseNotFound,

    /// <summary>A database with that name exists.</summary>
    NameTaken,

    /// <summary>The request is malformed or breaks a limit, of the client or of the server. Nothing was applied.</summary>
    InvalidRequest,

    /// <summary>The token is missing, wrong or does not reach that far.</summary>
    Unauthorized,

    /// <summary>The server has too much to do. Nothing was applied.</summary>
    Overloaded,

    /// <summary>The server is stopping, its disk is full, or something in front of it can not reach it.</summary>
    Unavailable,

    /// <summary>No connection: the request was not sent.</summary>
    Unreachable,

    /// <summary>The connection broke after the request may have been sent.</summary>
    ConnectionLost,

    /// <summary>No reply in time.</summary>
    Timeout,

    /// <summary>The server failed in a way it does not explain.</summary>
    ServerError,

    /// <summary>The reply is not what D1's API answers.</summary>
    MalformedReply,
}
