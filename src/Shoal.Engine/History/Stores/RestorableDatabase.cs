using Shoal.Protocol;

namespace Shoal.Engine.History.Stores;

/// <summary>A database that a store may have.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Name">Its name.</param>
/// <param name="Account">Who owns it.</param>
/// <param name="CreatedAt">When it was created.</param>
/// <param name="IsBorn">Whether it was empty before its first commit.</param>
internal sealed record RestorableDatabase(DatabaseId Id, string Name, string Account, DateTimeOffset CreatedAt, bool IsBorn);
