using System.Text.Json.Serialization;

namespace Shoal.Items.Tables;

/// <summary>How descriptions of tables are stored.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(ItemTable))]
internal sealed partial class TableJson : JsonSerializerContext;
