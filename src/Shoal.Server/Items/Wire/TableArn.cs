using System.Text.RegularExpressions;

namespace Shoal.Server.Items.Wire;

/// <summary>ARNs of tables, which requests may give instead of names.</summary>
/// <remarks>Whose table it is, is said by the request's key alone: region and account of an ARN are not looked at.</remarks>
internal static partial class TableArn
{
    /// <summary>Whether a text is the ARN of a table. Nothing that can be a name is one.</summary>
    public static bool IsTable(string text) => Pattern().IsMatch(text);

    /// <summary>The name of the table that a name or an ARN stands for.</summary>
    public static string NameOf(string nameOrArn) =>
        IsTable(nameOrArn) ? nameOrArn[(nameOrArn.LastIndexOf('/') + 1)..] : nameOrArn;

    [GeneratedRegex("^arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[a-zA-Z0-9_.-]{3,255}$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Pattern();
}
