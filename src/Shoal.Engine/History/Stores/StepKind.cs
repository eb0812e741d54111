namespace Shoal.Engine.History.Stores;

/// <summary>What a step of a history store holds.</summary>
internal enum StepKind : uint
{
    /// <summary>A <see cref="BucketManifest"/>: all that counts.</summary>
    Manifest = 1,

    /// <summary>A pack with commits that are in no pack of the manifest yet.</summary>
    Tail = 2,
}
