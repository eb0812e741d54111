namespace Shoal.Items.Types;

/// <summary>A read of a typed value, not run yet.</summary>
/// <typeparam name="T">What it returns.</typeparam>
public sealed class ValueRead<T>
{
    private readonly Func<ValueTransaction, T> _run;

    internal ValueRead(string key, Func<ValueTransaction, T> run)
    {
        KeyRules.CheckKey(key);
        _run = run;
    }

    internal T Run(ValueTransaction transaction) => _run(transaction);
}
