namespace Shoal.Server.Transfer;

/// <summary>How far an announced upload is.</summary>
internal enum UploadState
{
    /// <summary>Nothing has arrived.</summary>
    Announced,

    /// <summary>It is arriving.</summary>
    Arriving,

    /// <summary>It is here, whole and with the right checksum.</summary>
    Arrived,
}
