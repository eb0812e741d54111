namespace Shoal.Samples.SensorStreaming;

/// <summary>What a sensor of a site measured.</summary>
internal sealed record Reading(string Site, string Sensor, DateTimeOffset At, double Celsius);
