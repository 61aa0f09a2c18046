"""A person at work on a folder: one photo open at a time, each change on the disk when it returns.

What the labeller's page asks for, without any page: `labeller.py` hands messages on to this.
"""

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import NamedTuple

import numpy as np

from unetlab.arguments import check_count, check_model, check_seed
from unetlab.label.background import Teaching
from unetlab.label.doubt import rank_by_doubt
from unetlab.label.editing import MaskEditor, Region
from unetlab.label.features import KeptFeatures
from unetlab.label.proposals import propose
from unetlab.label.scribbles import NOT_SAID, scribbles_to_mask
from unetlab.label.store import MOST_PAINTED, LabelFolder
from unetlab.label.strokes import Stroke, apply_stroke

LESSON_PIXELS = 300_000  # A photo is shown to a lesson no larger: the encoder looks at less.
# Of a thousand photos so many are looked at for the next ones, in two of `rank_by_doubt`'s batches:
# a second or two, not a minute.
CANDIDATES, RANKED = 32, 8


class Hint(NamedTuple):
    """A scribble, and the step of the mask that it belongs to."""

    stroke: Stroke
    step: int


class LabelSession:
    """Open photos of a folder, change their masks, and ask a network for help.

    Args:
        folder: the photos and their masks.
        model: a `keras.Model` from image [B, h, w, 3] in 0..255 to logits, as from `teach`, that
            proposes before the first lesson; None for none.
        image_size: of a lesson, as in `teach`.
        encoder: of a lesson, as in `build_encoder`.
        most: pixels of a photo on the page; a larger photo is painted smaller and saved in full.
        seed: of the random order, and of lessons.

    Attributes:
        name: the open photo's name, or None.
        image: uint8 [h, w, 3], the open photo as it is painted.
        editor: its mask.
        labelled: the names that have a mask.
        model: the network that proposes, or None; a lesson's end puts its own here.

    Raises:
        ValueError: an argument is none of these.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> with tempfile.TemporaryDirectory() as place:
        ...     Image.new("RGB", (6, 4)).save(f"{place}/cat.jpg")
        ...     session = LabelSession(LabelFolder(place))
        ...     session.open("cat")
        ...     region = session.paint(Stroke("brush", 1, [(2, 3)]))
        ...     int(session.folder.load_mask("cat", (4, 6)).sum()), session.folder.close()
        (1, None)
    """

    def __init__(
        self,
        folder: LabelFolder,
        model=None,
        image_size: int | tuple[int, int] = 128,
        encoder="mobilenet_v2",
        most: int = MOST_PAINTED,
        seed: int = 0,
    ):
        check_seed(seed)
        self.model = None if model is None else check_model(model)
        self.folder, self.most, self.seed = folder, check_count("most", most), seed
        self.name, self.image, self.editor = None, None, None
        self.labelled = set(folder.labelled())
        self.teaching = None
        self._image_size = image_size
        # Made in the first lesson's thread, as it takes seconds, and kept for the later ones.
        self._keep_features = cache(partial(KeptFeatures, image_size, encoder))
        self._depth, self._had_mask, self._hints = 0, False, []
        order = np.random.default_rng(seed).permutation(len(folder.names))
        self._order, self._offered = [folder.names[row] for row in order], set()
        self._ranked, self._ranked_by = [], None

    @property
    def hints(self) -> list[Stroke]:
        """The scribbles on the open photo that are not undone."""
        return [hint.stroke for hint in self._hints if hint.step <= self._depth]

    def open(self, name: str) -> None:
        """Open a photo with its mask; where that fails, the one before stays open.

        Args:
            name: one of the folder's.

        Raises:
            FileNotFoundError, ValueError: as in `LabelFolder.load_photo` and `load_mask`.
        """
        image, size = self.folder.load_photo(name, self.most)
        editor = MaskEditor(self.folder.load_mask(name, size), image.shape[:2])
        self.name, self.image, self.editor = name, image, editor
        self._depth, self._had_mask, self._hints = 0, self.folder.mask_path(name).exists(), []
        self._offered.add(name)

    def paint(self, stroke: Stroke) -> Region | None:
        """Paint a stroke, and save.

        Args:
            stroke: in pixels of `image`.

        Returns:
            What has changed, or None.

        Raises:
            BlockingIOError, OSError: as in `LabelFolder.save_mask`; then nothing has changed.
            ValueError: the stroke is none, its class has no name, or no photo is open.
        """
        self._check_class(stroke)
        return self._replace(apply_stroke(self._open_editor().painted, stroke))

    def scribble(self, stroke: Stroke) -> Region | None:
        """Say of a few pixels what they are; with both sides said, GrabCut finds the outline.

        Where one side is all that was said, the stroke is painted as it is. Classes that were
        not scribbled stay.

        Args:
            stroke: a brush's, of class 0 outside.

        Returns:
            What has changed, or None.

        Raises:
            BlockingIOError, OSError, ValueError: as in `paint`.
        """
        self._check_class(stroke)
        before = self._open_editor().painted
        if stroke.class_id == NOT_SAID:
            raise ValueError("void cannot be scribbled, expected a class: choose one, or paint it.")
        self._hints = [hint for hint in self._hints if hint.step <= self._depth]
        scribbles = np.full_like(before, NOT_SAID)
        for hint in [*self.hints, stroke]:
            scribbles = apply_stroke(scribbles, hint)
        said = np.setdiff1d(scribbles, [NOT_SAID])
        if len(said) < 2:
            after = apply_stroke(before, stroke)
        else:
            kept = ~np.isin(before, [0, *said]) & (scribbles == NOT_SAID)
            after = np.where(kept, before, scribbles_to_mask(self.image, scribbles))
        region = self._replace(after)
        self._hints.append(Hint(stroke, self._depth))
        return region

    def propose(self) -> Region | None:
        """Put the network's proposal in place of the mask, as one step.

        Returns:
            What has changed, or None.

        Raises:
            BlockingIOError, OSError: as in `paint`.
            ValueError: there is no network yet, or it knows other classes.
        """
        self._open_editor()
        if self.model is None:
            raise ValueError(
                "there is no network yet, expected a lesson before: label a few photos, and teach."
            )
        return self._replace(propose(self.model, self.image))

    def undo(self) -> Region | None:
        """Undo the last step, and save; return what has changed, or None."""
        editor = self._open_editor()
        return self._change(editor.undo, editor.redo, -1)

    def redo(self) -> Region | None:
        """Do the step again that was undone last, and save; return what has changed, or None."""
        editor = self._open_editor()
        return self._change(editor.redo, editor.undo, 1)

    def choose_next(self, by_doubt: bool = False) -> str | None:
        """Choose a photo that has no mask yet, and that was not open before if there is one.

        Args:
            by_doubt: whether to take the one that the network doubts most, among 32.

        Returns:
            Its name, or None where all have a mask.

        Raises:
            ValueError: there is no network that could doubt.
        """
        if by_doubt and self.model is None:
            raise ValueError(
                "there is no network yet that could doubt, expected a lesson before: teach, or "
                "take the next photo at random."
            )
        fresh = self._list_fresh()
        if not by_doubt:
            return next(iter(fresh), None)
        # A queue, as the ranking's variety is among photos that follow each other.
        self._ranked = [name for name in self._ranked if name in fresh]
        if not self._ranked or self._ranked_by is not self.model:
            self._ranked, self._ranked_by = self._rank(self.model), self.model
        return next(iter(self._ranked), None)

    def teach(self, progress: Callable[[float], object] | None = None, **options) -> Teaching:
        """Begin a lesson from all masks so far, in the background.

        Args:
            progress: as in `teach`.
            **options: more of `teach`'s.

        Returns:
            The lesson; `finish` takes its model over.

        Raises:
            ValueError: nothing is labelled, or a lesson is going on.
        """
        if self.teaching is not None and not self.teaching.is_done:
            raise ValueError("a lesson is going on, expected one at a time: wait for its end.")
        names = [name for name in self.folder.names if name in self.labelled]
        images, masks = self.folder.read_each(names, LESSON_PIXELS)
        if not names:
            raise ValueError("no photo has a mask, expected one or more: label a photo first.")
        options = {"features": self._keep_features, "seed": self.seed, **options}
        classes = len(self.folder.class_names)
        self.teaching = Teaching(
            images, masks, classes, self._image_size, progress=progress, **options
        )
        return self.teaching

    def finish(self, teaching: Teaching) -> None:
        """Wait for a lesson's end, and take its model for the one that proposes.

        Args:
            teaching: from `teach`.

        Raises:
            ValueError: as in `teach`.
        """
        model = teaching.wait()
        # What is slow the first time is done here, where nobody waits for it.
        propose(model, np.zeros([8, 8, 3], np.uint8))
        ranked = self._rank(model)
        self._ranked, self._ranked_by, self.model = ranked, model, model

    def close(self) -> None:
        """Stop a lesson that is going on, and give the folder back."""
        if self.teaching is not None:
            self.teaching.stop()
        self.folder.close()

    def _open_editor(self) -> MaskEditor:
        if self.editor is None:
            raise ValueError("no photo is open, expected one: choose it in the list.")
        return self.editor

    def _check_class(self, stroke: Stroke) -> None:
        names = self.folder.class_names
        if stroke.class_id not in (*range(len(names)), NOT_SAID):
            raise ValueError(
                f"class_id is {stroke.class_id!r}, expected 0 to {len(names) - 1} ({names[-1]}), "
                f"or {NOT_SAID} for void."
            )

    def _replace(self, painted: np.ndarray) -> Region | None:
        return self._change(partial(self.editor.replace, painted), self.editor.undo, 1)

    def _change(self, change: Callable, take_back: Callable, steps: int) -> Region | None:
        region = change()
        if region is None:
            return None
        try:
            self._save(self._depth + steps)
        except Exception:
            take_back()  # What is shown is what is on the disk.
            raise
        self._depth += steps
        return region

    def _save(self, depth: int) -> None:
        # With its only stroke undone a photo is not labelled, which is not the same as empty.
        if depth == 0 and not self._had_mask:
            self.folder.remove_mask(self.name)
            self.labelled.discard(self.name)
            return
        self.folder.save_mask(self.name, self.editor.mask)
        self.labelled.add(self.name)

    def _list_fresh(self) -> list[str]:
        left = [n for n in self._order if n not in self.labelled and n != self.name]
        return [name for name in left if name not in self._offered] or left

    def _rank(self, model) -> list[str]:
        return rank_by_doubt(model, self._read_some(self._list_fresh()), RANKED, self.seed)

    def _read_some(self, names: list[str]) -> Iterator[tuple[str, np.ndarray]]:
        for name in names[:CANDIDATES]:
            try:
                yield name, self.folder.load_photo(name, LESSON_PIXELS)[0]
            except (OSError, ValueError):
                continue  # Said when somebody opens it.
