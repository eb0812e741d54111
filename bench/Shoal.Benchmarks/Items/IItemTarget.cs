namespace Shoal.Benchmarks.Items;

/// <summary>Something that holds items. A call's number chooses keys.</summary>
internal interface IItemTarget : IAsyncDisposable
{
    Task PutAsync(int number);

    Task BatchWriteAsync(int number);

    Task GetAsync(int number);

    Task BatchGetAsync(int number);
}
