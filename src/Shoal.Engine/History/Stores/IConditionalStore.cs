namespace Shoal.Engine.History.Stores;

/// <summary>A store that can be asked which conditions it honours beyond those that history needs.</summary>
public interface IConditionalStore
{
    /// <summary>Whether it replaces an object only when it is in a known state.</summary>
    /// <param name="name">An object that is there and may be replaced.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<bool> HonoursIfMatchAsync(string name, CancellationToken cancellationToken);

    /// <summary>Whether it refuses content that does not have the checksum that is sent with it.</summary>
    /// <param name="name">An object that is not there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<bool> HonoursChecksumAsync(string name, CancellationToken cancellationToken);
}
