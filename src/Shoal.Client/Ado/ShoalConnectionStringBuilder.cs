using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Shoal.Client.Ado;

/// <summary>
/// What a connection string says: <c>Url=http://…;Account=…;Token=…;Database=…</c> for a server, or
/// <c>Data Folder=…;Database=…</c> for databases in this process (package Shoal.Embedded).
/// </summary>
[SuppressMessage("Design", "CA1010", Justification = "The base class decides.")]
[SuppressMessage("Naming", "CA1710", Justification = "Named as ADO.NET names it.")]
public sealed class ShoalConnectionStringBuilder : DbConnectionStringBuilder
{
    private const string UrlKey = "Url";
    private const string DataFolderKey = "Data Folder";
    private const string AccountKey = "Account";
    private const string TokenKey = "Token";
    private const string DatabaseKey = "Database";
    private const string TargetKey = "Target";
    private const string TimeoutKey = "Timeout";
    private const string CreateKey = "Create If Missing";

    private static readonly string[] Known =
        [UrlKey, DataFolderKey, AccountKey, TokenKey, DatabaseKey, TargetKey, TimeoutKey, CreateKey];

    /// <summary>An empty one.</summary>
    public ShoalConnectionStringBuilder()
    {
    }

    /// <summary>One of a connection string.</summary>
    /// <exception cref="ArgumentException">It has a key that means nothing.</exception>
    public ShoalConnectionStringBuilder(string? connectionString)
    {
        ConnectionString = connectionString;
        var unknown = Keys.Cast<string>().FirstOrDefault(key => !Known.Contains(key, StringComparer.OrdinalIgnoreCase));
        if (unknown is not null)
        {
            throw new ArgumentException(
                $"the connection string has a key '{unknown}'; there are {string.Join(", ", Known)}", nameof(connectionString));
        }
    }

    /// <summary>Scheme, host and port of a server.</summary>
    public string? Url
    {
        get => Text(UrlKey);
        set => this[UrlKey] = value;
    }

    /// <summary>A data folder to open in this process.</summary>
    public string? DataFolder
    {
        get => Text(DataFolderKey);
        set => this[DataFolderKey] = value;
    }

    /// <summary>The account that owns the database. Default <c>shoal</c>.</summary>
    public string Account
    {
        get => Text(AccountKey) ?? "shoal";
        set => this[AccountKey] = value;
    }

    /// <summary>The API token.</summary>
    public string? Token
    {
        get => Text(TokenKey);
        set => this[TokenKey] = value;
    }

    /// <summary>Name or id of the database.</summary>
    public string? Database
    {
        get => Text(DatabaseKey);
        set => this[DatabaseKey] = value;
    }

    /// <summary>What answers at <see cref="Url"/>. Default a Shoal server.</summary>
    public ShoalTarget Target
    {
        get => Text(TargetKey) is not { } text ? ShoalTarget.Shoal
            : Enum.TryParse<ShoalTarget>(text, ignoreCase: true, out var target) && Enum.IsDefined(target) ? target
            : throw new ArgumentException($"{TargetKey} must be {string.Join(" or ", Enum.GetNames<ShoalTarget>())}, not '{text}'");
        set => this[TargetKey] = value.ToString();
    }

    /// <summary>How long one attempt over HTTP may take. Units: whole seconds. Default 40.</summary>
    public int Timeout
    {
        get => Text(TimeoutKey) is not { } text ? 40
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0 ? seconds
            : throw new ArgumentException($"{TimeoutKey} must be a number of seconds above 0, not '{text}'");
        set => this[TimeoutKey] = value;
    }

    /// <summary>Whether a command that finds no such database creates it and goes on. Default false.</summary>
    public bool CreateIfMissing
    {
        get => Text(CreateKey) is { } text && (bool.TryParse(text, out var create) ? create
            : throw new ArgumentException($"{CreateKey} must be true or false, not '{text}'"));
        set => this[CreateKey] = value;
    }

    private string? Text(string key) =>
        TryGetValue(key, out var value) && Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : null;
}
