namespace Shoal.Items.Types;

/// <summary>A write of a typed value that returns something.</summary>
/// <typeparam name="T">What it returns.</typeparam>
public sealed class ValueWrite<T> : ValueWrite
{
    private readonly Func<ValueTransaction, T> _run;

    internal ValueWrite(string key, Func<ValueTransaction, T> run)
        : base(key)
    {
        KeyRules.CheckKey(key);
        _run = run;
    }

    internal T Run(ValueTransaction transaction) => _run(transaction);

    internal override object? RunAny(ValueTransaction transaction) => _run(transaction);
}
