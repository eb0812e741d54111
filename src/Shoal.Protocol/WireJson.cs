using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Shoal.Protocol.Accounts;
using Shoal.Protocol.Admin;
using Shoal.Protocol.D1;
using Shoal.Protocol.Http;

namespace Shoal.Protocol;

/// <summary>How wire types become JSON: snake_case names, nulls left out, text as it is.</summary>
[JsonSerializable(typeof(CreateDatabaseBody))]
[JsonSerializable(typeof(UpdateDatabaseBody))]
[JsonSerializable(typeof(ExportBody))]
[JsonSerializable(typeof(ImportBody))]
[JsonSerializable(typeof(CreateTokenBody))]
[JsonSerializable(typeof(ForkBody))]
[JsonSerializable(typeof(NameBookmarkBody))]
[JsonSerializable(typeof(RetentionBody))]
[JsonSerializable(typeof(RetentionInfo))]
[JsonSerializable(typeof(HealthStatus))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(Envelope<DatabaseInfo>), TypeInfoPropertyName = "DatabaseEnvelope")]
[JsonSerializable(typeof(Envelope<IReadOnlyList<DatabaseInfo>>), TypeInfoPropertyName = "DatabaseListEnvelope")]
[JsonSerializable(typeof(Envelope<ExportStatus>), TypeInfoPropertyName = "ExportEnvelope")]
[JsonSerializable(typeof(Envelope<ImportStatus>), TypeInfoPropertyName = "ImportEnvelope")]
[JsonSerializable(typeof(Envelope<ImportUpload>), TypeInfoPropertyName = "ImportUploadEnvelope")]
[JsonSerializable(typeof(Envelope<ImportSummary>), TypeInfoPropertyName = "ImportSummaryEnvelope")]
[JsonSerializable(typeof(Envelope<BookmarkInfo>), TypeInfoPropertyName = "BookmarkEnvelope")]
[JsonSerializable(typeof(Envelope<RestoreInfo>), TypeInfoPropertyName = "RestoreEnvelope")]
[JsonSerializable(typeof(Envelope<HistoryInfo>), TypeInfoPropertyName = "HistoryEnvelope")]
[JsonSerializable(typeof(Envelope<RetentionInfo>), TypeInfoPropertyName = "RetentionEnvelope")]
[JsonSerializable(typeof(Envelope<IReadOnlyList<DeletedDatabaseInfo>>), TypeInfoPropertyName = "DeletedListEnvelope")]
[JsonSerializable(typeof(Envelope<NamedBookmarkInfo>), TypeInfoPropertyName = "NamedBookmarkEnvelope")]
[JsonSerializable(typeof(Envelope<IReadOnlyList<NamedBookmarkInfo>>), TypeInfoPropertyName = "NamedBookmarkListEnvelope")]
[JsonSerializable(typeof(RestoreProofInfo))]
[JsonSerializable(typeof(Envelope<RestoreProofInfo>), TypeInfoPropertyName = "RestoreProofEnvelope")]
[JsonSerializable(typeof(Envelope<TokenInfo>), TypeInfoPropertyName = "TokenEnvelope")]
[JsonSerializable(typeof(Envelope<IReadOnlyList<TokenInfo>>), TypeInfoPropertyName = "TokenListEnvelope")]
[JsonSerializable(typeof(Envelope<IReadOnlyList<AuditInfo>>), TypeInfoPropertyName = "AuditEnvelope")]
[JsonSerializable(typeof(Envelope<RevokedToken>), TypeInfoPropertyName = "RevokedTokenEnvelope")]
[JsonSerializable(typeof(Envelope<UserInfo>), TypeInfoPropertyName = "UserEnvelope")]
[JsonSerializable(typeof(Envelope<TokenStatus>), TypeInfoPropertyName = "TokenStatusEnvelope")]
[JsonSerializable(typeof(Envelope<IReadOnlyList<AccountInfo>>), TypeInfoPropertyName = "AccountListEnvelope")]
[JsonSerializable(typeof(Envelope<IReadOnlyList<MembershipInfo>>), TypeInfoPropertyName = "MembershipListEnvelope")]
[JsonSerializable(typeof(Envelope<JsonElement>), TypeInfoPropertyName = "AnyEnvelope")]
[JsonSerializable(typeof(Envelope<JsonElement?>), TypeInfoPropertyName = "NothingEnvelope")]
public sealed partial class WireJson : JsonSerializerContext
{
    /// <summary>The one to use.</summary>
    public static WireJson Instance { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,

        // Replies are JSON documents, never pasted into HTML, so only what JSON itself demands is escaped.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
