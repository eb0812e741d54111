namespace Shoal.Client.Bulk;

/// <summary>The kinds of <see cref="WriteMode"/>.</summary>
internal enum WriteModeKind
{
    Insert,
    Ignore,
    Replace,
    Upsert,
    UpdateIfNewer,
    Delete,
}
