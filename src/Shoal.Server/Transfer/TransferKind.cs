namespace Shoal.Server.Transfer;

/// <summary>Which way the data goes.</summary>
internal enum TransferKind
{
    Import,
    Export,
}
