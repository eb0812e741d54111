using Shoal.Items.Values;

namespace Shoal.Items.Tables;

/// <summary>An attribute that is part of a key.</summary>
/// <param name="Name">The attribute.</param>
/// <param name="Type">Its type: S, N or B.</param>
public sealed record KeyDefinition(string Name, AttributeType Type);
