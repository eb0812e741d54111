using Shoal.Server.Items.Shapes;

namespace Shoal.Server.Items;

/// <summary>An operation of the items endpoint.</summary>
/// <param name="Shape">What its request must be like.</param>
/// <param name="RunAsync">Writes the members of its reply.</param>
internal sealed record ItemsOperation(Shape Shape, Func<ItemsCall, Task> RunAsync)
{
    /// <summary>Whether a successful reply has no body at all.</summary>
    public bool IsSilent { get; init; }
}
