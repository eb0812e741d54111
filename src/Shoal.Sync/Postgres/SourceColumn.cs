namespace Shoal.Sync.Postgres;

/// <summary>A column as PostgreSQL's catalog describes it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The base type's name in <c>pg_type</c>, past domains; of an array the element's.</param>
/// <param name="IsArray">Whether it is an array of that type.</param>
/// <param name="Delimiter">Between the elements of an array.</param>
/// <param name="IsNotNull">Whether NULL is refused.</param>
/// <param name="IsGenerated">Whether PostgreSQL computes it, so that it is not replicated.</param>
/// <param name="Declared">The type as it is declared, with its digits: when they change, texts of values do.</param>
/// <param name="TypeId">The type's number, as the stream announces it.</param>
internal sealed record SourceColumn(string Name, string Type, bool IsArray, char Delimiter, bool IsNotNull, bool IsGenerated,
    string Declared, uint TypeId);
