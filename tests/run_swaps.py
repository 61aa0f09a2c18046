"""Run notebooks briefly with their configuration changed as a learner would change it.

Every notebook meets every encoder below, and every change that its "Try this" tells a learner to
make. Usage: python tests/run_swaps.py [--fast] [--every-size] [--list] [BEGINNING ...]
"""

import argparse
import ast
import os
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import nbformat
from PIL import Image

from run_notebooks import SHORT_TIMEOUT, report, run_apart, select_notebooks

# One of each family; small ones, since a short run mostly compiles. The first few, which compile
# the fastest, are those of --fast.
ENCODERS = (
    "mobilenet_v3_small",
    "mobilenet",
    "vgg16",
    "resnet50",
    "convnext_tiny",
    "inception_v3",
    "efficientnet_b0",
    "densenet121",
)
IMAGE_SIZES = (64, 96)
FAST_ENCODERS = ENCODERS[:4]
OWN_PHOTOS = 12
# As the notebooks say it; `run_swap` writes the photos.
OWN_FOLDERS = ('PHOTOS = "/a/folder"', 'IMAGES, MASKS = "my/photos", "my/masks"')
ASSIGNMENT = re.compile(r"^[A-Z_]+(?:, [A-Z_]+)* = ")


class Swap(NamedTuple):
    """One notebook with some lines of its configuration changed."""

    notebook: Path
    lines: tuple[str, ...]


def swaps_of_encoders(notebooks, every_size):
    """List every notebook with every encoder, at each size or at the two sizes in turn."""
    for column, encoder in enumerate(ENCODERS):
        for row, notebook in enumerate(notebooks):
            # Like a chessboard: each encoder and each notebook meets both sizes.
            sizes = IMAGE_SIZES if every_size else (IMAGE_SIZES[(row + column) % 2],)
            for size in sizes:
                yield Swap(notebook, (f'ENCODER = "{encoder}"', f"IMAGE_SIZE = {size}"))


def fast_swaps(notebooks):
    """List each notebook once, with the fast encoders and the sizes in turn, hardly trained.

    Where a notebook takes photos of one's own, it gets a folder of them. Where there are real data,
    it learns from a few of them.
    """
    real = "UNETLAB_DATA" in os.environ
    for row, notebook in enumerate(notebooks):
        encoder, size = FAST_ENCODERS[row % len(FAST_ENCODERS)], IMAGE_SIZES[row % 2]
        lines = (f'ENCODER = "{encoder}"', f"IMAGE_SIZE = {size}")
        # What follows the encoder is asked here, not what was learned.
        configuration = configuration_of(nbformat.read(notebook, as_version=4))
        names = sorted(names_set_by(configuration.source))
        lengths = [name for name in names if name.endswith(("_EPOCHS", "SECONDS"))]
        own = [line for line in OWN_FOLDERS if names_set_by(line) <= set(names)]
        source = ['SOURCE = "real"'] if real and "SOURCE" in names else []
        yield Swap(notebook, (*lines, *(f"{name} = 1" for name in lengths), *source, *own))


def swaps_to_try(notebook):
    """List what the notebook's "Try this" says to change: each line of code in its list.

    A further value in the same point, as in `A = 1` or `2`, is a change of its own.
    """
    cells = nbformat.read(notebook, as_version=4).cells
    (text,) = [cell.source for cell in cells if cell.source.startswith("## Try this")]
    for point in re.findall(r"^\d+\. (.*)$", text, re.MULTILINE):
        changes = []
        for code in re.findall(r"`([^`]+)`", point):
            if ASSIGNMENT.match(code):
                changes.append(code)
            elif changes and is_value(code):
                changes.append(f"{changes[-1].partition(' = ')[0]} = {code}")
        if not changes:
            raise SystemExit(
                f"{notebook.name}: found no change such as `NAME = value` in '{point}' of Try "
                "this; expected one in each point; write it as code."
            )
        yield from (Swap(notebook, (change,)) for change in changes)


def is_value(code):
    """Tell whether a piece of code is a value, such as 256 or "vgg16"."""
    try:
        ast.literal_eval(code)
    except (ValueError, SyntaxError):
        return False
    return True


def configuration_of(notebook):
    """Return the notebook's one configuration cell."""
    (cell,) = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    return cell


def change_configuration(notebook, lines):
    """Add lines to the configuration cell; each must set names that it sets already.

    They stand before GIVEN, which tells whether the settings are as they were given.
    """
    cell = configuration_of(notebook)
    known = names_set_by(cell.source)
    for line in lines:
        if unknown := names_set_by(line) - known:
            raise SystemExit(
                f"The configuration cell does not set {', '.join(sorted(unknown))}, so "
                f"'{line}' changes nothing; expected one of {', '.join(sorted(known))}."
            )
    before, given, after = cell.source.partition("\nGIVEN = ")
    cell.source = "\n".join([before, *lines]) + given + after


def names_set_by(source):
    """Return the names that assignments in the source set."""
    names = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    return {name.id for name in names if isinstance(name.ctx, ast.Store)}


def write_own_photos(folder):
    """Write drawn photos and masks where "Try this" says `my/photos` and `my/masks`."""
    # TensorFlow takes seconds to load, and each process that runs a notebook loads this file.
    from unetlab.drawn.scenes import draw_scene

    for name in ("photos", "masks"):
        (folder / "my" / name).mkdir(parents=True)
    for number in range(OWN_PHOTOS):
        image, mask = draw_scene("chairs", image_size=(120, 160), seed=number)
        Image.fromarray(image).save(folder / f"my/photos/photo {number}.jpg")
        Image.fromarray(mask[..., 0] * 255).save(folder / f"my/masks/photo {number}.png")


def run_swap(number, swap, output):
    """Run one changed notebook in a folder of its own, so that none reads another's files."""
    folder = output / f"{number:03}" / "notebooks"
    folder.mkdir(parents=True)
    lines = swap.lines
    if any('"/a/folder"' in line or '"my/' in line for line in lines):
        write_own_photos(folder)
        lines = [line.replace('"/a/folder"', repr(str(folder / "my/photos"))) for line in lines]
    notebook = nbformat.read(swap.notebook, as_version=4)
    change_configuration(notebook, lines)
    path = folder / swap.notebook.name
    nbformat.write(notebook, path)
    outcome = run_apart(path, folder.parent, True, SHORT_TIMEOUT)
    shutil.rmtree(folder.parent / "build", ignore_errors=True)  # models take space
    return outcome


def parse_arguments(arguments=None):
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "beginnings", nargs="*", metavar="BEGINNING", help="such as 01; all if none"
    )
    parser.add_argument("--fast", action="store_true", help="each notebook with one encoder only")
    parser.add_argument("--every-size", action="store_true", help="each encoder at both sizes")
    parser.add_argument("--list", action="store_true", help="say what would run, and run nothing")
    parser.add_argument("--jobs", type=int, default=2, help="how many run at the same time")
    parser.add_argument("--folder", type=Path, default=Path("notebooks"))
    parser.add_argument("--output", type=Path, default=Path("build/swaps"))
    return parser.parse_args(arguments)


def main():
    """Run the swaps, and print for each whether it ran, and its seconds."""
    options = parse_arguments()
    notebooks = select_notebooks(options.folder, options.beginnings)
    if options.fast:
        swaps = list(fast_swaps(notebooks))
    else:
        swaps = list(swaps_of_encoders(notebooks, options.every_size))
        met = {(swap.notebook, swap.lines[0]) for swap in swaps}
        # A learner's change of the encoder to one of those above is met there.
        to_try = [swap for notebook in notebooks for swap in swaps_to_try(notebook)]
        swaps += [swap for swap in to_try if (swap.notebook, swap.lines[0]) not in met]
    labels = [
        f"{number:03} {swap.notebook.stem} {'; '.join(swap.lines)}"
        for number, swap in enumerate(swaps)
    ]
    if options.list:
        print(*labels, sep="\n")
        return 0
    output = options.output.resolve()
    shutil.rmtree(output, ignore_errors=True)
    with ThreadPoolExecutor(options.jobs) as pool:
        outcomes = pool.map(lambda pair: run_swap(*pair, output), enumerate(swaps))
        return report(labels, outcomes, options.output)


if __name__ == "__main__":
    sys.exit(main())
