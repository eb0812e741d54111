namespace Shoal.Client.Batching;

/// <summary>Tells kinds of failures apart.</summary>
public static class WriteFaults
{
    /// <summary>The kind of a failure.</summary>
    public static WriteFault Of(ShoalException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        if (error.IsTransient)
        {
            return WriteFault.Transient;
        }

        // SQLite's extended codes and texts; a STRICT table says "cannot store TEXT value in INTEGER column".
        var reason = error.Reason;
        return error.Kind switch
        {
            ShoalErrorKind.Constraint or ShoalErrorKind.Sql when Says(reason, "SQLITE_MISMATCH")
                || Says(reason, "CONSTRAINT_DATATYPE") || Says(reason, "cannot store ") || Says(reason, "datatype mismatch")
                => WriteFault.Type,
            ShoalErrorKind.Sql when Says(reason, "SQLITE_TOOBIG") || Says(reason, "too big") => WriteFault.Size,
            ShoalErrorKind.Constraint => WriteFault.Constraint,
            ShoalErrorKind.InvalidRequest when Says(reason, "more than the target takes") || Says(reason, "too large")
                || error.Status == System.Net.HttpStatusCode.RequestEntityTooLarge => WriteFault.Size,
            _ => WriteFault.Other,
        };
    }

    private static bool Says(string reason, string part) => reason.Contains(part, StringComparison.OrdinalIgnoreCase);
}
