namespace Shoal.Server.Items.Auth;

/// <summary>The access keys of a file: a line each with id, secret, account and database, separated by blanks.</summary>
internal sealed class ItemsAccessKeys
{
    private readonly Dictionary<string, ItemsAccessKey> _byId;

    private ItemsAccessKeys(Dictionary<string, ItemsAccessKey> byId) => _byId = byId;

    public static ItemsAccessKeys Empty { get; } = new([]);

    /// <exception cref="InvalidDataException">A line has another form, or others may read the file.</exception>
    public static ItemsAccessKeys Load(string path)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if (OperatingSystem.IsLinux() && (File.GetUnixFileMode(path) & Others) != UnixFileMode.None)
        {
            throw new InvalidDataException($"{path} can be read by others: chmod 600 {path}");
        }

        var keys = new Dictionary<string, ItemsAccessKey>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            var parts = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length == 0 || parts[0][0] == '#')
            {
                continue;
            }

            if (parts.Length != 4 || !keys.TryAdd(parts[0], new ItemsAccessKey(parts[0], parts[1], parts[2], parts[3])))
            {
                throw new InvalidDataException(
                    $"{path}, line {number}: a line is an access key id, used once, its secret, an account and a database");
            }
        }

        return new ItemsAccessKeys(keys);
    }

    public ItemsAccessKey? Find(string id) => _byId.GetValueOrDefault(id);
}
