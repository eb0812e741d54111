namespace Shoal.Protocol.Admin;

/// <summary>One state that was restored into a scratch file and looked at.</summary>
/// <param name="Account">Whose database.</param>
/// <param name="Database">Its name.</param>
/// <param name="Uuid">Its id.</param>
/// <param name="Bookmark">Which state; missing when it did not get so far.</param>
/// <param name="Compared">Whether it was compared with the live database at the same commit.</param>
/// <param name="Tables">Tables in it.</param>
/// <param name="Rows">Rows in all of them.</param>
/// <param name="Hash">SHA-256 of schema and rows, in hexadecimal digits.</param>
/// <param name="Milliseconds">What restoring and checking took.</param>
/// <param name="Problem">What is wrong; missing when nothing is.</param>
public sealed record RestoreCheckInfo(string Account, string Database, string Uuid, string? Bookmark, bool Compared, int Tables,
    long Rows, string? Hash, double Milliseconds, string? Problem);
