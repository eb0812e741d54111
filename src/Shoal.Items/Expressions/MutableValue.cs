using Shoal.Items.Values;

namespace Shoal.Items.Expressions;

/// <summary>A value while an update changes it: only the parts that are looked into are copied.</summary>
/// <remarks>
/// Indexes mean places of the list as it was: what is removed leaves a gap until the end, what is set past the end is appended
/// in order of its index.
/// </remarks>
internal sealed class MutableValue
{
    private readonly AttributeValue? _leaf;
    private Dictionary<string, MutableValue>? _map;
    private SortedDictionary<int, MutableValue>? _list;

    public MutableValue(Item item)
    {
        _leaf = AttributeValue.Map(item);
        Open();
    }

    private MutableValue(AttributeValue leaf) => _leaf = leaf;

    /// <summary>The map or list that a path's last part is in; null when there is none of that kind.</summary>
    public MutableValue? FindParent(DocumentPath path)
    {
        var value = this;
        for (var index = 0; index < path.Parts.Count; index++)
        {
            value.Open();
            var part = path.Parts[index];
            if (part.Name is null ? value._list is null : value._map is null)
            {
                return null;
            }

            if (index == path.Parts.Count - 1)
            {
                return value;
            }

            if (value.Child(part) is not { } child)
            {
                return null;
            }

            value = child;
        }

        return null;
    }

    public AttributeValue? Find(PathPart part) => Child(part)?.ToValue();

    public void Set(PathPart part, AttributeValue value)
    {
        if (part.Name is { } name)
        {
            _map![name] = new MutableValue(value);
        }
        else
        {
            _list![part.Index] = new MutableValue(value);
        }
    }

    public void Remove(PathPart part)
    {
        if (part.Name is { } name)
        {
            _map!.Remove(name);
        }
        else
        {
            _list!.Remove(part.Index);
        }
    }

    public Item ToItem()
    {
        var item = new Item();
        foreach (var (name, value) in _map!)
        {
            item.Add(name, value.ToValue());
        }

        return item;
    }

    private AttributeValue ToValue() => _map is not null ? AttributeValue.Map(ToItem())
        : _list is not null ? AttributeValue.List([.. _list.Values.Select(static value => value.ToValue())])
        : _leaf!;

    private MutableValue? Child(PathPart part)
    {
        MutableValue? child = null;
        _ = part.Name is { } name ? _map?.TryGetValue(name, out child) : _list?.TryGetValue(part.Index, out child);
        return child;
    }

    private void Open()
    {
        if (_map is not null || _list is not null)
        {
            return;
        }

        if (_leaf!.Type == AttributeType.M)
        {
            _map = _leaf.AsMap.ToDictionary(
                static pair => pair.Key, static pair => new MutableValue(pair.Value), StringComparer.Ordinal);
        }
        else if (_leaf.Type == AttributeType.L)
        {
            _list = [];
            for (var index = 0; index < _leaf.AsList.Count; index++)
            {
                _list.Add(index, new MutableValue(_leaf.AsList[index]));
            }
        }
    }
}
