"""A person at work on a folder: one photo open at a time, each change on the disk when it returns.

What the labeller's page asks for, without any page: `labeller.py` hands messages on to this.
"""

from collections import UserDict
from collections.abc import Callable, Iterator
from functools import cache, lru_cache, partial

import cv2
import numpy as np

from unetlab.label.doubt import rank_by_doubt
from unetlab.label.editing import MaskEditor, Region
from unetlab.label.features import KeptFeatures
from unetlab.label.proposals import propose
from unetlab.label.store import LabelFolder
from unetlab.label.strokes import Stroke, apply_stroke
from unetlab.label.teaching import teach
from unetlab.photo import NOT_SAID, scribbles_to_mask

LESSON_PIXELS = 300_000  # A photo is shown to a lesson no larger: the encoder looks at less.
# Of a thousand photos so many are looked at for the next ones, in two of `rank_by_doubt`'s batches:
# a second or two, not a minute.
CANDIDATES, RANKED = 32, 8
MOST_LEFT = 20  # Photos that can be come back to and undone further.


class LabelSession:
    """Open photos of a folder, change their masks, and ask a network for help.

    A `model` proposes before the first lesson; of a lesson are `image_size`, `encoder` and `seed`.
    Open are a photo's `name`, its `image` as it is painted, and its mask in an `editor`; `labelled`
    holds the names that have a mask. A proposal is a draft until a person changes or accepts it: it
    is not on the disk, and `drafts` holds the names of such photos.
    """

    def __init__(
        self, folder: LabelFolder, model=None, image_size=128, encoder="mobilenet_v2", seed=0
    ):
        names = folder.class_names
        if model is not None and model.output_shape[-1] > len(names):
            raise ValueError(
                f"the model proposes {model.output_shape[-1]} classes, and there are the names "
                f"{', '.join(names)}: give class_names for all of them."
            )
        self.folder, self.model, self.seed = folder, model, seed
        self.name, self.image, self.editor = None, None, None
        self.labelled, self.drafts = set(folder.labelled()), set()
        self._had_mask, self._hints, self._closed = False, [], False
        self._proposed = set()  # The depths of the editor at which there is a draft.
        self._left = {}
        # Made in the first lesson's thread, as it takes seconds, and kept for the later ones.
        self._keep_features = cache(partial(KeptFeatures, image_size, encoder))
        order = np.random.default_rng(seed).permutation(len(folder.names))
        self._order, self._offered = [folder.names[row] for row in order], set()
        self._ranked = []

    @property
    def hints(self) -> list[Stroke]:
        """The scribbles on the open photo that are not undone."""
        return [stroke for stroke, depth in self._hints if depth <= self.editor.depth]

    @property
    def is_draft(self) -> bool:
        """Whether what is shown is a proposal that nobody has changed or accepted."""
        return self.editor.depth in self._proposed

    def open(self, name: str) -> None:
        """Open a photo with its mask or draft; where that fails, the one before stays open."""
        image, size = self.folder.load_photo(name)
        mask = self.folder.load_mask(name, size)
        self._left[self.name] = self.editor, self._had_mask, self._hints, self._proposed
        kept = self._left.pop(name, None)
        # Its steps lead to what is on the disk, unless another program has changed that.
        if kept is None or not np.array_equal(kept[0].mask, mask):
            had_mask = self.folder.mask_path(name).exists()
            kept = MaskEditor(mask, image.shape[:2]), had_mask, [], set()
        self.name, self.image = name, image
        self.editor, self._had_mask, self._hints, self._proposed = kept
        self._left = dict(list(self._left.items())[-MOST_LEFT:])
        self._offered.add(name)
        if name in self.drafts:
            self.propose()

    def paint(self, stroke: Stroke) -> Region | None:
        """Paint a stroke, in pixels of `image`, and save."""
        return self._replace(apply_stroke(self.editor.painted, stroke))

    def scribble(self, stroke: Stroke) -> Region | None:
        """Say of a few pixels what they are; GrabCut finds the outline, from the mask there is."""
        if stroke.class_id == NOT_SAID:
            raise ValueError("void cannot be scribbled, expected a class: choose one, or paint it.")
        before = self.editor.painted
        hints = [hint for hint in self._hints if hint[1] <= self.editor.depth]
        scribbles = np.full_like(before, NOT_SAID)
        for hint in [*self.hints, stroke]:
            scribbles = apply_stroke(scribbles, hint)
        region = self._replace(scribbles_to_mask(self.image, scribbles, before))
        self._hints = [*hints, (stroke, self.editor.depth)]
        return region

    def propose(self) -> Region | None:
        """Put the network's proposal in place of the mask, as one step and a draft."""
        region = self.editor.replace(propose(self.model, self.image))
        if region is not None:
            depth = self.editor.depth
            self._proposed = {one for one in self._proposed if one < depth} | {depth}
            self._note_draft()
        return region

    def accept(self) -> None:
        """Take the draft for the mask, and save."""
        self._save()
        self._proposed = set()
        self._note_draft()

    def undo(self) -> Region | None:
        """Undo the last step, and save."""
        return self._change(self.editor.undo, self.editor.redo, self._proposed)

    def redo(self) -> Region | None:
        """Do the step again that was undone last, and save."""
        return self._change(self.editor.redo, self.editor.undo, self._proposed)

    def choose_next(self, by_doubt: bool) -> str | None:
        """Choose a photo that has no mask yet, one that was not open before if there is one."""
        fresh = self._list_fresh()
        if not by_doubt:
            return next(iter(fresh), None)
        # A queue, as the ranking's variety is among photos that follow each other.
        self._ranked = [name for name in self._ranked if name in fresh] or self._rank(self.model)
        return next(iter(self._ranked), None)

    def teach(self, progress: Callable[[float], object]) -> None:
        """Hold a lesson from all masks so far, and let its model propose: seconds, for a thread.

        Meanwhile the person paints on, and the model before proposes; one lesson at a time.
        """
        names = [name for name in self.folder.names if name in self.labelled]
        read = lru_cache(1)(self._read_example)  # Its mask is asked for, and then its photo.
        images, masks = (_Lazy(names, lambda name, part=part: read(name)[part]) for part in (0, 1))

        def go_on(share: float) -> bool:
            progress(share)
            return not self._closed

        count, kept = len(self.folder.class_names), self._keep_features()
        model = teach(images, masks, count, features=kept, progress=go_on, seed=self.seed)
        # What is slow the first time is done here, where nobody waits for it.
        propose(model, np.zeros([8, 8, 3], np.uint8))
        self._ranked = self._rank(model)
        self.model = model

    def close(self) -> None:
        """Stop a lesson that is going on, and give the folder back."""
        self._closed = True
        self.folder.close()

    def _replace(self, painted: np.ndarray) -> Region | None:
        return self._change(partial(self.editor.replace, painted), self.editor.undo, set())

    def _change(self, change: Callable, take_back: Callable, proposed: set) -> Region | None:
        region = change()
        if region is None:
            return None
        before, self._proposed = self._proposed, proposed
        try:
            if not self.is_draft:
                self._save()
        except Exception:
            take_back()  # What is shown is what is on the disk.
            self._proposed = before
            raise
        self._note_draft()
        return region

    def _note_draft(self) -> None:
        unchecked = self.is_draft and self.name not in self.labelled
        (self.drafts.add if unchecked else self.drafts.discard)(self.name)

    def _save(self) -> None:
        # With its only stroke undone a photo is not labelled, which is not the same as empty.
        if self.editor.depth == 0 and not self._had_mask:
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

    def _read_example(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        image, size = self.folder.load_photo(name, LESSON_PIXELS)
        mask, (height, width) = self.folder.load_mask(name, size), image.shape[:2]
        return image, cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)


class _Lazy(UserDict):
    """Photos or masks by name, each read when it is asked for: together they may be too many."""

    def __init__(self, names: list[str], read: Callable[[str], np.ndarray]):
        super().__init__(dict.fromkeys(names))
        self._read = read

    def __getitem__(self, name: str) -> np.ndarray:
        return self._read(name)
