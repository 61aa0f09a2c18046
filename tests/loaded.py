"""What a data set holds, by its photos' names."""


def names_by_part(data):
    """Return the names of each part that there is."""
    return {
        part: {name.decode() for name in names.as_numpy_iterator()}
        for part, (_, names) in data.parts.items()
    }


def masks_by_name(data):
    """Return every mask, [H, W], by its photo's name."""
    return {
        name.decode(): mask[..., 0]
        for part in data.parts
        for _, mask, name in data.with_names(part).as_numpy_iterator()
    }
