using System.Globalization;

namespace Shoal.Sync.Configuration;

/// <summary>When a job runs by itself: every so often, or daily at a time (UTC).</summary>
/// <param name="Every">From one start to the next; zero for daily.</param>
/// <param name="At">Time of the day.</param>
public sealed record JobSchedule(TimeSpan Every, TimeSpan At)
{
    private const string EveryWord = "every ";
    private const string DailyWord = "daily ";

    /// <summary>Reads <c>every 6h</c> or <c>daily 03:00</c>.</summary>
    /// <returns>Null when it is neither.</returns>
    public static JobSchedule? Parse(string text)
    {
        if (text.StartsWith(DailyWord, StringComparison.Ordinal))
        {
            return TimeOnly.TryParseExact(text.AsSpan(DailyWord.Length), "HH:mm", CultureInfo.InvariantCulture,
                DateTimeStyles.None, out var at)
                ? new JobSchedule(TimeSpan.Zero, at.ToTimeSpan()) : null;
        }

        if (!text.StartsWith(EveryWord, StringComparison.Ordinal) || text.Length < EveryWord.Length + 2
            || !int.TryParse(text.AsSpan(EveryWord.Length, text.Length - EveryWord.Length - 1), NumberStyles.None,
                CultureInfo.InvariantCulture, out var number) || number == 0)
        {
            return null;
        }

        return text[^1] switch
        {
            's' => new JobSchedule(TimeSpan.FromSeconds(number), TimeSpan.Zero),
            'm' => new JobSchedule(TimeSpan.FromMinutes(number), TimeSpan.Zero),
            'h' => new JobSchedule(TimeSpan.FromHours(number), TimeSpan.Zero),
            'd' => new JobSchedule(TimeSpan.FromDays(number), TimeSpan.Zero),
            _ => null,
        };
    }

    /// <summary>The first time after another.</summary>
    public DateTimeOffset After(DateTimeOffset last)
    {
        if (Every > TimeSpan.Zero)
        {
            return last + Every;
        }

        var today = new DateTimeOffset(last.UtcDateTime.Date, TimeSpan.Zero) + At;
        return today > last ? today : today.AddDays(1);
    }
}
