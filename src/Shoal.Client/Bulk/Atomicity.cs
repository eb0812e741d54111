namespace Shoal.Client.Bulk;

/// <summary>What a row that the database refuses takes down with it.</summary>
public enum Atomicity
{
    /// <summary>Its batch: a batch is applied whole or not at all.</summary>
    PerBatch,

    /// <summary>Only itself: a refused batch is halved until the rows at fault are alone. Costs two requests per halving.</summary>
    PerRow,

    /// <summary>Everything: all rows go in one request, and what does not fit into one is refused before anything is sent.</summary>
    AllOrNothing,
}
