"""A Figure in words, for whoever cannot see it: what stands in its axes, read from the Figure.

As an IPython extension it puts these words beside every Figure that a kernel shows, where nbconvert
and `make site` look for a picture's alternative text: in the output's metadata.
"""

import numpy as np
from matplotlib.container import BarContainer

MOST_VALUES = 12  # of bars or titles; a listener loses the thread sooner than a reader


def describe_figure(figure):
    """Return what a Figure shows: its pictures by row, its curves and bars with their values."""
    axes = [axis for axis in figure.axes if axis.get_visible()]
    pictures = [axis for axis in axes if axis.images and not axis.texts]
    others = [axis for axis in axes if axis not in pictures]
    parts = [figure.get_suptitle(), describe_pictures(pictures), *map(describe_plot, others)]
    legends = [
        text.get_text() for legend in figure.legends for text in legend.get_texts() if pictures
    ]
    parts.append(f"Colours: {join(legends)}" if legends else "")
    return " ".join(f"{' '.join(part.split()).rstrip('.')}." for part in parts if part.strip())


def describe_pictures(axes):
    """Say how many pictures there are, in which rows, and what stands above them."""
    if not axes:
        return ""
    rows = {}
    for axis in axes:
        place = axis.get_subplotspec()
        rows.setdefault(place.rowspan.start if place else 0, []).append(axis)
    names = [row[0].get_ylabel() for row in rows.values()]
    form = f"{len(rows)} rows of {max(map(len, rows.values()))}" if len(rows) > 1 else "a row"
    words = "A picture" if len(axes) == 1 else f"{len(axes)} pictures in {form}"
    words += f", from above: {', '.join(names)}" if all(names) else ""
    titles = [title for axis in axes if (title := title_of(axis))]
    return f"{words}. Titles: {join(titles)}" if titles else words


def describe_plot(axis):
    """Say what a plot's axes mean and what its bars, curves, points and texts are."""
    parts = [f"{len(axis.images)} picture with numbers in it"] if axis.images else []
    for container in axis.containers:
        if isinstance(container, BarContainer):
            parts.append(describe_bars(axis, container))
    parts += [describe_line(line) for line in axis.lines if len(line.get_xdata()) > 0]
    written = [text.get_text() for text in axis.texts if text.get_text().strip()]
    if written and not axis.containers:
        parts.append(describe_texts(axis, written))
    labels = [axis.get_ylabel(), axis.get_xlabel()]
    meaning = " against ".join(label for label in labels if label)
    beginning = "Plot" + (f" of {meaning}" if meaning else "")
    title = title_of(axis)
    return f"{title + ': ' if title else ''}{beginning}: {'; '.join(filter(None, parts))}"


def describe_bars(axis, container):
    """Return name and value of each bar."""
    if container.orientation == "horizontal":
        values = [bar.get_width() for bar in container]
        names = [label.get_text() for label in axis.get_yticklabels()]
    else:
        values = [bar.get_height() for bar in container]
        names = [label.get_text() for label in axis.get_xticklabels()]
    if len(names) != len(values):
        return f"{len(values)} bars from {min(values):.3g} to {max(values):.3g}"
    return "bars: " + join(
        [f"{name} {value:.3g}" for name, value in zip(names, values, strict=True)]
    )


def describe_line(line):
    """Return a curve's name, and where it begins and ends; a point's place."""
    x, y = (np.asarray(data, float) for data in (line.get_xdata(), line.get_ydata()))
    name = "" if line.get_label().startswith("_") else f"{line.get_label()} "
    if len(x) == 1 or line.get_linestyle() == "None":
        places = [f"({across:.3g}, {up:.3g})" for across, up in zip(x, y, strict=True)]
        return f"{name}{'point' if len(x) == 1 else 'points'} {join(places)}"
    if len(set(x)) == 1:
        return f"{name}upright line at {x[0]:.3g}"
    return f"{name}curve from {y[0]:.3g} to {y[-1]:.3g}, at most {y.max():.3g}"


def describe_texts(axis, written):
    """Return the texts in a plot; of a matrix row by row, with the rows' names."""
    rows = [label.get_text() for label in axis.get_yticklabels()]
    columns = [label.get_text() for label in axis.get_xticklabels()]
    if not axis.images or len(written) != len(rows) * len(columns):
        return "in it stands " + join(written)
    count = len(columns)
    named = [
        f"{row} {', '.join(written[number * count : (number + 1) * count])}"
        for number, row in enumerate(rows)
    ]
    return f"columns {', '.join(columns)}; rows " + "; ".join(named)


def title_of(axis):
    """Return what stands above an axis, wherever."""
    titles = [axis.get_title(place) for place in ("left", "center", "right")]
    return " ".join(" ".join(titles).split())


def join(words):
    """List some words; say how many more there are."""
    more = len(words) - MOST_VALUES
    listed = ", ".join(" ".join(word.split()) for word in words[:MOST_VALUES])
    return f"{listed} and {more} more" if more > 0 else listed


def load_ipython_extension(shell):
    """Tell a kernel to put the words beside each Figure that it shows."""
    shell.display_formatter.mimebundle_formatter.for_type_by_name(
        "matplotlib.figure",
        "Figure",
        lambda figure, **options: ({}, {"image/png": {"alt": describe_figure(figure)}}),
    )
