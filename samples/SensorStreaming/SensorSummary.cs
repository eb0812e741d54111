using Shoal.Client.Rows;

namespace Shoal.Samples.SensorStreaming;

/// <summary>A line of the summary; its mapper is generated.</summary>
[ShoalRow]
internal sealed partial record SensorSummary(string Sensor, int Readings, double Lowest, double Highest);
