namespace Shoal.Cli.Lint;

/// <summary>Which literals and words a source file has.</summary>
internal enum SourceLanguage
{
    CSharp,

    /// <summary>JavaScript, TypeScript and both with JSX.</summary>
    JavaScript,
}
