using Shoal.Server.Items.Auth;

namespace Shoal.Server.Items;

/// <summary>Finds mistakes in the options of the items endpoint.</summary>
internal static class ItemsValidation
{
    public static void Validate(ServerOptions options, List<string> problems)
    {
        foreach (var url in options.ItemsUrls)
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            {
                problems.Add($"ItemsUrls: \"{url}\" must be an address such as http://127.0.0.1:8000.");
            }
            else if (address.Scheme == "https" && options.TlsCertificatePath is null)
            {
                problems.Add($"ItemsUrls: \"{url}\" needs a certificate: set TlsCertificatePath, --tls-certificate on the command line.");
            }
            else if (!address.IsLoopback && options.ItemsAuth != ItemsAuthMode.Verify)
            {
                problems.Add($"ItemsUrls: \"{url}\" can be reached from other machines, and signatures are not verified: set ItemsAuth to "
                    + "Verify and ItemsKeysPath, --items-auth verify --items-keys FILE on the command line.");
            }
        }

        if (options.ItemsAuth == ItemsAuthMode.Verify && options.ItemsKeysPath is null)
        {
            problems.Add("ItemsAuth Verify needs ItemsKeysPath, --items-keys FILE on the command line: lines with an access key id, its "
                + "secret, an account and a database.");
        }

        if (options.ItemsKeysPath is { } path)
        {
            try
            {
                ItemsAccessKeys.Load(path);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                problems.Add($"ItemsKeysPath can not be used: {error.Message}.");
            }
        }
    }
}
