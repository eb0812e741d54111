using System.Collections;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Shoal.Client.Ado;

/// <summary>The parameters of a command.</summary>
[SuppressMessage("Design", "CA1010", Justification = "The base class decides; Cast<ShoalParameter>() gives the rest.")]
public sealed class ShoalParameterCollection : DbParameterCollection
{
    private readonly List<ShoalParameter> _items = [];

    internal ShoalParameterCollection()
    {
    }

    /// <inheritdoc/>
    public override int Count => _items.Count;

    /// <inheritdoc/>
    public override object SyncRoot => ((ICollection)_items).SyncRoot;

    /// <summary>Adds a value by name.</summary>
    public ShoalParameter AddWithValue(string name, object? value)
    {
        var parameter = new ShoalParameter(name, value);
        _items.Add(parameter);
        return parameter;
    }

    /// <inheritdoc/>
    public override int Add(object value)
    {
        _items.Add(Checked(value));
        return _items.Count - 1;
    }

    /// <inheritdoc/>
    public override void AddRange(Array values)
    {
        ArgumentNullException.ThrowIfNull(values);
        _items.AddRange(values.Cast<object>().Select(Checked));
    }

    /// <inheritdoc/>
    public override void Clear() => _items.Clear();

    /// <inheritdoc/>
    public override bool Contains(object value) => IndexOf(value) >= 0;

    /// <inheritdoc/>
    public override bool Contains(string value) => IndexOf(value) >= 0;

    /// <inheritdoc/>
    public override void CopyTo(Array array, int index) => ((ICollection)_items).CopyTo(array, index);

    /// <inheritdoc/>
    public override IEnumerator GetEnumerator() => _items.GetEnumerator();

    /// <inheritdoc/>
    public override int IndexOf(object value) => value is ShoalParameter parameter ? _items.IndexOf(parameter) : -1;

    /// <inheritdoc/>
    public override int IndexOf(string parameterName)
    {
        var exact = _items.FindIndex(one => one.PlainName.SequenceEqual(Plain(parameterName)));
        return exact >= 0 ? exact
            : _items.FindIndex(one => one.PlainName.Equals(Plain(parameterName), StringComparison.OrdinalIgnoreCase));
    }

    /// <inheritdoc/>
    public override void Insert(int index, object value) => _items.Insert(index, Checked(value));

    /// <inheritdoc/>
    public override void Remove(object value) => _items.Remove(Checked(value));

    /// <inheritdoc/>
    public override void RemoveAt(int index) => _items.RemoveAt(index);

    /// <inheritdoc/>
    public override void RemoveAt(string parameterName) => _items.RemoveAt(Found(parameterName));

    /// <summary>The value that a statement asks for.</summary>
    internal SqlValue ValueOf(ParameterUse use)
    {
        if (use.Name is null)
        {
            return use.Position < _items.Count ? ClrValue.Of(_items[use.Position].Value, $"parameter '?{use.Position + 1}'")
                : throw new InvalidOperationException(
                    $"the SQL has a parameter ?{use.Position + 1}, and the command has {_items.Count} parameters");
        }

        var index = IndexOf(use.Name);
        return index >= 0 ? ClrValue.Of(_items[index].Value, $"parameter '{use.Name}'")
            : throw new InvalidOperationException($"the SQL has a parameter {use.Name}, and the command has none with this name");
    }

    /// <inheritdoc/>
    protected override DbParameter GetParameter(int index) => _items[index];

    /// <inheritdoc/>
    protected override DbParameter GetParameter(string parameterName) => _items[Found(parameterName)];

    /// <inheritdoc/>
    protected override void SetParameter(int index, DbParameter value) => _items[index] = Checked(value);

    /// <inheritdoc/>
    protected override void SetParameter(string parameterName, DbParameter value) =>
        _items[Found(parameterName)] = Checked(value);

    private static ReadOnlySpan<char> Plain(string name) =>
        name.Length > 0 && name[0] is '@' or ':' or '$' ? name.AsSpan(1) : name;

    private static ShoalParameter Checked(object? value) => value as ShoalParameter
        ?? throw new InvalidCastException($"a {nameof(ShoalParameter)} was expected, not {value?.GetType().ToString() ?? "null"}");

    private int Found(string name)
    {
        var index = IndexOf(name);
        return index >= 0 ? index : throw new ArgumentException($"there is no parameter '{name}'", nameof(name));
    }
}
