namespace Shoal.Server.Items.Auth;

/// <summary>An access key of the items endpoint, and whose items it reaches.</summary>
/// <param name="Id">The access key id.</param>
/// <param name="Secret">The secret access key.</param>
/// <param name="Account">The account.</param>
/// <param name="Database">The database's name in it.</param>
internal sealed record ItemsAccessKey(string Id, string Secret, string Account, string Database)
{
    /// <summary>Without the secret.</summary>
    public override string ToString() => $"{Id} {Account}/{Database}";
}
