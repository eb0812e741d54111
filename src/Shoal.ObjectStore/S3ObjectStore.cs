using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Shoal.Engine.History.Stores;

namespace Shoal.ObjectStore;

/// <summary>A store in a bucket of an S3-compatible server.</summary>
/// <remarks>
/// Of conditions it needs only <c>If-None-Match: *</c>. Each upload carries the SHA-256 of its content in its signature, which servers
/// verify; trailing checksums, which older servers do not know, are off. Keys come from where the AWS tools look for them.
/// </remarks>
public sealed class S3ObjectStore : IObjectStore, IConditionalStore, IDisposable
{
    private const string DefaultRegion = "us-east-1";

    private readonly S3Address _address;
    private readonly AmazonS3Client _client;
    private readonly string _endpoint;

    /// <param name="address">Where.</param>
    /// <param name="endpoint">The server's address; null for Amazon's.</param>
    /// <param name="region">The region; null for what the environment says, or us-east-1 where an endpoint is given.</param>
    public S3ObjectStore(S3Address address, Uri? endpoint = null, string? region = null)
    {
        _address = address;
        _endpoint = endpoint?.GetLeftPart(UriPartial.Authority) ?? "Amazon S3";
        var config = new AmazonS3Config
        {
            // Repetitions are the caller's, who counts them.
            MaxErrorRetry = 0,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            Timeout = TimeSpan.FromMinutes(2),
            ConnectTimeout = TimeSpan.FromSeconds(5),
        };
        if (endpoint is not null)
        {
            config.ServiceURL = endpoint.ToString();
            config.ForcePathStyle = true;
            config.AuthenticationRegion = region ?? DefaultRegion;
        }
        else if (region is not null)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        try
        {
            _client = new AmazonS3Client(config);
        }
        catch (AmazonClientException error)
        {
            throw new ObjectStoreException($"{address} can not be used: no region is known",
                "Give --history-region (or --region), or set AWS_REGION.", mayPass: false, error);
        }
    }

    /// <inheritdoc/>
    public string Address => _address.ToString();

    /// <inheritdoc/>
    public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        PutAsync(name, content, static request => request.IfNoneMatch = "*", cancellationToken);

    /// <inheritdoc/>
    public Task<int> ReadAsync(string name, long offset, Memory<byte> target, CancellationToken cancellationToken) => RunAsync(
        async () =>
        {
            var request = new GetObjectRequest
            {
                BucketName = _address.Bucket,
                Key = KeyOf(name),
                ByteRange = new ByteRange(offset, offset + target.Length - 1),
            };
            try
            {
                using var response = await _client.GetObjectAsync(request, cancellationToken);
                if (response.HttpStatusCode != HttpStatusCode.PartialContent && (offset > 0 || response.ContentLength > target.Length))
                {
                    throw new ObjectStoreException($"{_endpoint} does not give a part of an object ({_address})",
                        "History needs range reads.", mayPass: false);
                }

                var count = await response.ResponseStream.ReadAtLeastAsync(
                    target, target.Length, throwOnEndOfStream: false, cancellationToken);
                return count == response.ContentLength ? count
                    : throw new ObjectStoreException($"an answer of {_endpoint} was cut off", hint: null, mayPass: true);
            }
            catch (AmazonS3Exception error) when (error.StatusCode == HttpStatusCode.NotFound && error.ErrorCode != "NoSuchBucket")
            {
                return -1;
            }
        });

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? token = null;
        do
        {
            var request = new ListObjectsV2Request
            {
                BucketName = _address.Bucket,
                Prefix = KeyOf(prefix),
                ContinuationToken = token,
            };
            var page = await RunAsync(() => _client.ListObjectsV2Async(request, cancellationToken));
            foreach (var found in page.S3Objects ?? [])
            {
                yield return new StoredObject(found.Key[_address.Prefix.Length..], found.Size ?? 0);
            }

            token = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (token is not null);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) => RunAsync(() => _client.DeleteObjectAsync(
        new DeleteObjectRequest { BucketName = _address.Bucket, Key = KeyOf(name) }, cancellationToken));

    /// <inheritdoc/>
    public async Task<bool> HonoursIfMatchAsync(string name, CancellationToken cancellationToken)
    {
        var head = await RunAsync(() => _client.GetObjectMetadataAsync(
            new GetObjectMetadataRequest { BucketName = _address.Bucket, Key = KeyOf(name) }, cancellationToken));

        // A server that refuses each condition is of as little use as one that passes it over.
        var refusesOther = !await PutAsync(name, "other"u8.ToArray(), static request => request.IfMatch = $"\"{new string('0', 32)}\"",
            cancellationToken);
        return refusesOther && await PutAsync(name, "same"u8.ToArray(), request => request.IfMatch = head.ETag, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<bool> HonoursChecksumAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            // MD5 is what every server of the protocol knows; it protects nothing here.
            var other = Convert.ToBase64String(Md5("something else"u8));
            await PutAsync(name, "shoal probe"u8.ToArray(), request => request.MD5Digest = other, cancellationToken);
            return false;
        }
        catch (ObjectStoreException error) when (error.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.BadRequest })
        {
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

#pragma warning disable CA5351 // The protocol's checksum of content; not used for security.
    private static byte[] Md5(ReadOnlySpan<byte> content) => MD5.HashData(content);
#pragma warning restore CA5351

    private string KeyOf(string name) => _address.Prefix + name;

    /// <summary>Stores an object; false when a condition refuses it.</summary>
    private Task<bool> PutAsync(
        string name, ReadOnlyMemory<byte> content, Action<PutObjectRequest> condition, CancellationToken cancellation) =>
        RunAsync(async () =>
        {
            using var stream = new MemoryStream(content.ToArray(), writable: false);
            var request = new PutObjectRequest
            {
                BucketName = _address.Bucket,
                Key = KeyOf(name),
                InputStream = stream,
                ContentType = "application/octet-stream",
                UseChunkEncoding = false,
                DisablePayloadSigning = false,
            };
            condition(request);
            try
            {
                await _client.PutObjectAsync(request, cancellation);
                return true;
            }
            catch (AmazonS3Exception error) when (error.StatusCode == HttpStatusCode.PreconditionFailed)
            {
                return false;
            }
        });

    private async Task<T> RunAsync<T>(Func<Task<T>> request)
    {
        try
        {
            return await request();
        }
        catch (AmazonServiceException error)
        {
            throw Translate(error);
        }
        catch (AmazonClientException error)
        {
            throw new ObjectStoreException($"{_address} can not be used: no keys for {_endpoint} were found",
                "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.", mayPass: false, error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException
            || (error is OperationCanceledException && error.InnerException is TimeoutException))
        {
            throw new ObjectStoreException($"{_endpoint} can not be reached for {_address}: {error.Message}",
                "Look at the network, and at the endpoint's address.", mayPass: true, error);
        }
    }

    /// <summary>Servers' own texts are left out: what they repeat is not known.</summary>
    private ObjectStoreException Translate(AmazonServiceException error)
    {
        var status = (int)error.StatusCode;
        var what = status == 0 ? "the request did not get through" : $"{error.ErrorCode ?? "an error"} (HTTP {status})";

        // A conflict is what Amazon answers to two creations at once: the next attempt finds out which was first.
        var mayPass = status is 0 or 408 or 409 or 429 or >= 500 || error.ErrorCode is "RequestTimeout" or "SlowDown";
        var hint = error.ErrorCode switch
        {
            "NoSuchBucket" => "Make the bucket first; Shoal does not make buckets.",
            "InvalidAccessKeyId" or "SignatureDoesNotMatch" => "Look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
            "AccessDenied" => "The keys need s3:ListBucket on the bucket, and s3:GetObject, s3:PutObject and s3:DeleteObject on what is in "
                + "it.",
            _ => mayPass ? "It is tried again." : "Look at the endpoint and the region.",
        };
        return new ObjectStoreException($"{_endpoint} refused a request for {_address}: {what}", hint, mayPass, error);
    }
}
