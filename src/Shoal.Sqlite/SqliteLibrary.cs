using System.Globalization;
using System.Runtime.InteropServices;
using Shoal.Sqlite.Native;

namespace Shoal.Sqlite;

/// <summary>The native library: loaded, checked and configured once per process.</summary>
public static class SqliteLibrary
{
    /// <summary>Older builds lack fixes that the engine depends on. Source: https://www.sqlite.org/releaselog.</summary>
    private const int VersionMin = 3_053_002;
    private const int Abi = 3;

    private static readonly Lazy<string> Loaded = new(Load);

    /// <summary>SQLite's version, for example <c>3.53.2</c>.</summary>
    /// <exception cref="DllNotFoundException">The library was not built or not copied beside the program.</exception>
    /// <exception cref="InvalidOperationException">The library is not the one this program was built for.</exception>
    public static string Version => Loaded.Value;

    private static unsafe string Load()
    {
        var version = NativeMethods.sqlite3_libversion_number();
        var text = Marshal.PtrToStringUTF8((nint)NativeMethods.sqlite3_libversion())!;
        if (version < VersionMin || NativeMethods.shoal_abi_version() != Abi)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"The native library is SQLite {text}; Shoal needs 3.53.2 with its own ABI {Abi}. ")
                + "Remove artifacts/native and build again.");
        }

        var status = new SqliteStatus(NativeMethods.shoal_initialize());
        return status.IsSuccess ? text : throw new InvalidOperationException(
            $"The native library can not be initialized ({status}): something else in this process uses it already.");
    }
}
