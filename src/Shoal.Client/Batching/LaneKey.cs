namespace Shoal.Client.Batching;

/// <summary>Names a lane: its database, and which of the database's lanes it is. The one lane of a global order has neither.</summary>
internal readonly record struct LaneKey(string Database, int Slot);
