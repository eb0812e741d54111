using System.Globalization;
using System.Text;

namespace Shoal.Load.Report;

/// <summary>Commits per second against writers as an SVG, one panel per disk, both axes logarithmic.</summary>
internal static class CommitPlot
{
    private const int PanelWidth = 330;
    private const int PanelHeight = 240;
    private const int Left = 64;
    private const int Top = 44;
    private const int Gap = 72;
    private const int Width = Left + PanelWidth + Gap + PanelWidth + 24;
    private const int Height = Top + PanelHeight + 84;

    private static readonly int[] Writers = [1, 8, 64, 256];

    private static readonly (string System, string Title, string Colour)[] Lines =
    [
        ("engine-log", "Shoal, mode log", "#0b6e99"),
        ("engine-sqlite", "Shoal, mode sqlite: a flush per database", "#d9730d"),
        ("sqlite-one-by-one", "plain SQLite, a thread per writer", "#787774"),
    ];

    private static readonly (string Scenario, string Title)[] Panels =
    [
        ("commit-1000", "this disk"), ("slow-commit-1000", "a disk whose flush takes 1 ms"),
    ];

    /// <summary>Draws a run; null when it has not measured commits on both disks.</summary>
    public static string? Draw(RunResults run)
    {
        var values = Panels.SelectMany(panel => Lines.SelectMany(line => Points(run, panel.Scenario, line.System)))
            .Select(static point => point.PerSecond).ToArray();
        if (values.Length < Panels.Length * Lines.Length * Writers.Length)
        {
            return null;
        }

        var scale = new Scale(Math.Floor(Math.Log10(values.Min())), Math.Ceiling(Math.Log10(values.Max())));
        var svg = new StringBuilder();
        Line(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\">");
        Line(svg, $"<title>Durable commits per second into 1,000 databases</title>");
        Line(svg, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>");
        for (var panel = 0; panel < Panels.Length; panel++)
        {
            DrawPanel(svg, run, Panels[panel], Left + panel * (PanelWidth + Gap), scale);
        }

        for (var index = 0; index < Lines.Length; index++)
        {
            var x = Left + index * 252;
            Line(svg, $"<rect x=\"{x}\" y=\"{Height - 24}\" width=\"12\" height=\"12\" fill=\"{Lines[index].Colour}\"/>");
            Line(svg, $"<text x=\"{x + 18}\" y=\"{Height - 14}\">{Lines[index].Title}</text>");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void DrawPanel(
        StringBuilder svg, RunResults run, (string Scenario, string Title) panel, int left, Scale scale)
    {
        Line(svg, $"<text x=\"{left}\" y=\"24\" font-weight=\"bold\">Commits/s into 1,000 databases, {panel.Title}</text>");
        for (var power = scale.Low; power <= scale.High; power++)
        {
            var y = scale.Y(power);
            Line(svg, $"<line x1=\"{left}\" x2=\"{left + PanelWidth}\" y1=\"{y:0.#}\" y2=\"{y:0.#}\" stroke=\"#e3e2e0\"/>");
            Line(svg, $"<text x=\"{left - 8}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{Math.Pow(10, power):N0}</text>");
        }

        foreach (var writers in Writers)
        {
            Line(svg, $"<text x=\"{X(left, writers):0.#}\" y=\"{Top + PanelHeight + 18}\" text-anchor=\"middle\">{writers}</text>");
        }

        Line(svg, $"<text x=\"{left + PanelWidth / 2}\" y=\"{Top + PanelHeight + 36}\" text-anchor=\"middle\">writers</text>");
        foreach (var (system, _, colour) in Lines)
        {
            var points = Points(run, panel.Scenario, system)
                .Select(point => (X: X(left, point.Writers), Y: scale.Y(Math.Log10(point.PerSecond)), point.PerSecond)).ToArray();
            var path = string.Join(' ', points.Select(static point => string.Create(CultureInfo.InvariantCulture, $"{point.X:0.#},{point.Y:0.#}")));
            Line(svg, $"<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>");
            foreach (var point in points)
            {
                Line(svg, $"<circle cx=\"{point.X:0.#}\" cy=\"{point.Y:0.#}\" r=\"3.5\" fill=\"{colour}\"><title>{point.PerSecond:N0} commits/s</title></circle>");
            }
        }
    }

    private static double X(int left, int writers) => left + 16 + Math.Log2(writers) / 8 * (PanelWidth - 32);

    private static IEnumerable<(int Writers, double PerSecond)> Points(RunResults run, string scenario, string system)
    {
        foreach (var writers in Writers)
        {
            if (run.Value($"{scenario}/{system}", writers, "requestsPerSecond") is { } perSecond and > 0)
            {
                yield return (writers, perSecond);
            }
        }
    }

    private static void Line(StringBuilder svg, FormattableString text) =>
        svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private readonly record struct Scale(double Low, double High)
    {
        public double Y(double power) => Top + PanelHeight * (1 - (power - Low) / (High - Low));
    }
}
