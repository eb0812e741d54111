namespace Shoal.Sync.Configuration;

/// <summary>Reads an entry of "jobs" of a source.</summary>
internal static class JobSettingsReader
{
    public static JobSettings Read(SettingsObject settings)
    {
        var usual = new JobSettings { Name = "" };
        var schedule = settings.Has("schedule") ? settings.Text("schedule") : null;
        var job = new JobSettings
        {
            Name = settings.Text("name"),
            Schedule = schedule is null ? null : JobSchedule.Parse(schedule)
                ?? throw settings.Wrong("schedule", "must be like \"every 6h\" or \"daily 03:00\" (UTC)"),
            Tenants = settings.Has("tenants") ? [.. settings.Text("tenants").Split(',', StringSplitOptions.TrimEntries)] : [],
            Tables = settings.Has("tables") ? settings.List("tables") : [],
            Retries = settings.Number("retries", usual.Retries, 0),
            RetryDelay = settings.Time("retryDelay", usual.RetryDelay),
        };
        settings.Finish();
        return job.Name.Length > 0 ? job : throw settings.Wrong("name", "must not be empty");
    }
}
