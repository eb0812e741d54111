using System.Text;

namespace Shoal.Client.D1;

/// <summary>SQL with what is worth keeping of it while statements share it.</summary>
/// <remarks>Thread: safe; the first users may make the bytes twice.</remarks>
internal sealed class StatementText(string sql)
{
    private byte[]? _utf8;
    private bool? _isReading;

    public string Sql => sql;

    public byte[] Utf8 => _utf8 ??= Encoding.UTF8.GetBytes(sql);

    /// <summary>Whether it is one statement that certainly only reads.</summary>
    public bool IsReading => _isReading ??= SqlText.IsCertainlyReading(sql);
}
