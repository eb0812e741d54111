using System.Globalization;
using System.Text;
using Shoal.Cli.Databases;

namespace Shoal.Cli.Migrations;

/// <summary>A folder of migrations named <c>NNNN_what_it_does.sql</c>, as wrangler keeps them.</summary>
internal sealed class MigrationFolder
{
    private readonly string _path;

    public MigrationFolder(string path) => _path = path;

    /// <summary>All migrations in the order in which they apply.</summary>
    public IReadOnlyList<MigrationFile> List()
    {
        if (!Directory.Exists(_path))
        {
            throw new CliException($"there is no folder of migrations {_path}",
                "`shoal migrations create NAME what it does` makes the first one; --dir names another folder");
        }

        var files = new List<MigrationFile>();
        foreach (var path in Directory.EnumerateFiles(_path, "*.sql"))
        {
            var name = Path.GetFileName(path);
            if (!TryNumber(name, out var number))
            {
                throw new CliException($"{path} does not start with a number and an underscore",
                    "name it like 0003_add_users.sql, or move it elsewhere");
            }

            files.Add(new MigrationFile(name, number, path));
        }

        return [.. files.OrderBy(file => file.Number).ThenBy(file => file.Name, StringComparer.Ordinal)];
    }

    /// <summary>Makes the next migration, with a first line that says what it is, and returns its path.</summary>
    public string Create(string message, DateTimeOffset now)
    {
        var slug = Slug(message);
        Directory.CreateDirectory(_path);
        var number = List() is [.., var last] ? last.Number + 1 : 1;
        var name = $"{number.ToString("0000", CultureInfo.InvariantCulture)}_{slug}.sql";
        var path = Path.Combine(_path, name);
        File.WriteAllText(path, $"-- Migration {number}: {message} ({DatabaseJson.Timestamp(now)})\n");
        return path;
    }

    private static bool TryNumber(string name, out int number)
    {
        number = 0;
        var underscore = name.IndexOf('_', StringComparison.Ordinal);
        return underscore > 0
            && int.TryParse(name.AsSpan(0, underscore), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static string Slug(string message)
    {
        var slug = new StringBuilder(message.Length);
        foreach (var character in message.Trim())
        {
            if (char.IsLetterOrDigit(character) || character is '-' or '_' or '.')
            {
                slug.Append(character);
            }
            else if (slug.Length > 0 && slug[^1] != '_')
            {
                slug.Append('_');
            }
        }

        var text = slug.ToString().Trim('_', '.');
        return text.Length > 0 ? text
            : throw CliException.Usage("the message has no letter or digit", "say what the migration does, for example add users");
    }
}
