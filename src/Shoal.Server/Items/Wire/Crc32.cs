namespace Shoal.Server.Items.Wire;

/// <summary>The checksum of <c>x-amz-crc32</c>: CRC-32 of IEEE 802.3, eight bytes at a step.</summary>
internal static class Crc32
{
    private static readonly uint[] Tables = BuildTables();

    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        while (bytes.Length >= 8)
        {
            var low = crc ^ BitConverter.ToUInt32(bytes);
            var high = BitConverter.ToUInt32(bytes[4..]);
            crc = Tables[(7 * 256) + (int)(low & 0xFF)] ^ Tables[(6 * 256) + (int)((low >> 8) & 0xFF)]
                ^ Tables[(5 * 256) + (int)((low >> 16) & 0xFF)] ^ Tables[(4 * 256) + (int)(low >> 24)]
                ^ Tables[(3 * 256) + (int)(high & 0xFF)] ^ Tables[(2 * 256) + (int)((high >> 8) & 0xFF)]
                ^ Tables[256 + (int)((high >> 16) & 0xFF)] ^ Tables[(int)(high >> 24)];
            bytes = bytes[8..];
        }

        foreach (var value in bytes)
        {
            crc = Tables[(int)((crc ^ value) & 0xFF)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[] BuildTables()
    {
        var tables = new uint[8 * 256];
        for (var index = 0; index < 256; index++)
        {
            var crc = (uint)index;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }

            tables[index] = crc;
        }

        for (var index = 256; index < tables.Length; index++)
        {
            var before = tables[index - 256];
            tables[index] = (before >> 8) ^ tables[before & 0xFF];
        }

        return tables;
    }
}
