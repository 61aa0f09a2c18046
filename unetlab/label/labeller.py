"""The labeller: photos of a folder, and a brush; in JupyterLab, VS Code, Colab, or as a page.

All that it does comes from `unetlab.label.session`; here are only the messages of its page, whose
own part is in the folder `browser`.

Taught in: notebooks/07_label_your_own.ipynb
"""

import html
import io
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import anywidget
import ipywidgets as widgets
import numpy as np
from PIL import Image

from unetlab.label.editing import Region
from unetlab.label.session import LabelSession
from unetlab.label.store import MOST_PAINTED, PATIENCE, LabelFolder
from unetlab.label.strokes import Stroke

if TYPE_CHECKING:
    import keras

BROWSER = Path(__file__).parent / "browser"
# A module stands behind those that it imports.
MODULES = ("raster", "picture", "gestures", "tools", "keys", "link", "toolbar", "labeller")
# Okabe and Ito, Color Universal Design, 2008, the ones first that stand out from most photos.
COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#D55E00", "#CC79A7", "#0072B2", "#999999")
JPEG_QUALITY = 90


def join_modules(folder: Path, names: Sequence[str]) -> str:
    """Join ES modules into one, which is how a widget's page takes them.

    Args:
        folder: where they are.
        names: of the modules, without `.js`, each behind those that it imports.

    Returns:
        One module; what the last exports by default is what it exports.

    Example:
        >>> text = join_modules(BROWSER, MODULES)
        >>> "import " in text, text.count("export "), "function joinPoints(" in text
        (False, 1, True)
    """
    texts = [(folder / f"{name}.js").read_text(encoding="utf-8") for name in names]
    joined = re.sub(r'^import \{[^}]*\} from "\./\w+\.js";\n', "", "".join(texts), flags=re.M)
    return re.sub(r"^export (?!default)", "", joined, flags=re.M)


class Labeller(anywidget.AnyWidget):
    """Label the photos of a folder: brush, eraser, polygon, fill, scribbles, and a network's help.

    Every stroke is saved when it ends, in `masks/` beside the photos (see `LabelFolder`), and the
    page says so when it is on the disk. What goes wrong is said in the message line. A lesson runs
    in the background, while one goes on painting.

    Args:
        folder: the photos' folder.
        class_names: the class ids' meanings, the background's first.
        model: a `keras.Model` from image [B, h, w, 3] in 0..255 to logits, that proposes before
            the first lesson; None for none.
        image_size: of a lesson, in pixels: a multiple of 32.
        encoder: of a lesson, as in `build_encoder`.
        most: pixels that the page paints; a larger photo is painted smaller and saved in full.
        seed: of the random order, and of lessons.
        patience: seconds to wait for another labeller to close the folder.

    Attributes:
        session: the `LabelSession`: the open photo, its mask, and the model.

    Raises:
        FileNotFoundError, BlockingIOError, OSError, ValueError: as in `LabelFolder`.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Image.new("RGB", (6, 4)).save(f"{folder}/cat.jpg")
        ...     labeller = Labeller(folder)
        ...     labeller.session.name, labeller.close()
        ('cat', None)
    """

    _esm = join_modules(BROWSER, MODULES)
    _css = (BROWSER / "labeller.css").read_text(encoding="utf-8")

    def __init__(
        self,
        folder: str | Path,
        class_names: Sequence[str] = ("background", "subject"),
        model: "keras.Model | None" = None,
        image_size: int | tuple[int, int] = 128,
        encoder="mobilenet_v2",
        most: int = MOST_PAINTED,
        seed: int = 0,
        patience: float = PATIENCE,
    ):
        photos = LabelFolder(folder, class_names, patience)
        try:
            self.session = LabelSession(photos, model, image_size, encoder, most, seed)
        except Exception:
            photos.close()
            raise
        self._first_words = self._open_first()
        super().__init__()
        self.on_msg(lambda widget, content, buffers: self._receive(content))

    def close(self) -> None:
        """Close the page's part, and give the folder back."""
        if session := getattr(self, "session", None):  # None where the folder was refused.
            session.close()
        super().close()

    def _open_first(self) -> str:
        # The first without a mask; one that cannot be read does not keep the others away.
        names, labelled = self.session.folder.names, self.session.labelled
        words = "; ".join(self.session.folder.left_out)
        for name in sorted(names, key=labelled.__contains__):
            try:
                self.session.open(name)
                return words
            except (OSError, ValueError) as error:
                words = words or str(error)
        return words

    def _receive(self, content) -> None:
        kinds = {
            "hello": self._greet,
            "open": self._open,
            "stroke": self._stroke,
            "undo": lambda asked: self._change(asked, self.session.undo()),
            "redo": lambda asked: self._change(asked, self.session.redo()),
            "propose": lambda asked: self._change(asked, self.session.propose()),
            "next": self._next,
            "teach": self._teach,
            "coco": self._save_coco,
        }
        # A message's error is seen by nobody: whatever it is, it is said where the person looks.
        try:
            if not isinstance(content, dict) or content.get("kind") not in kinds:
                raise ValueError(f"the page asks for {content!r}, expected {', '.join(kinds)}.")
            kinds[content["kind"]](content)
        except Exception as error:
            number = content.get("number") if isinstance(content, dict) else None
            self._tell("refused", number, text=_in_words(error))
            if self.session.editor is not None:
                self._show_mask()

    def _greet(self, asked: dict) -> None:
        folder = self.session.folder
        colours = ["", *(COLOURS[row % len(COLOURS)] for row in range(len(folder.class_names) - 1))]
        self._tell(
            "folder",
            asked.get("number"),
            folder=str(folder.folder),
            names=folder.names,
            labelled=sorted(self.session.labelled),
            classes=[list(pair) for pair in zip(folder.class_names, colours, strict=True)],
            text=self._first_words,
        )
        if self.session.editor is not None:
            self._show_photo(None)

    def _open(self, asked: dict) -> None:
        self.session.open(asked.get("name"))
        self._show_photo(asked.get("number"))

    def _stroke(self, asked: dict) -> None:
        if asked.get("name") != self.session.name:
            raise ValueError(
                f"the stroke is for {asked.get('name')!r}, but {self.session.name!r} is open: "
                "another page of this labeller has opened it."
            )
        tool, points = asked.get("tool"), asked.get("points")
        if not isinstance(points, list) or not all(isinstance(one, list) for one in points):
            raise ValueError(f"the stroke's points are {points!r}, expected pairs of x and y.")
        scribbled = tool == "scribble"
        radius = asked.get("radius", 0)
        stroke = Stroke("brush" if scribbled else tool, asked.get("class_id"), points, radius)
        act = self.session.scribble if scribbled else self.session.paint
        self._change(asked, act(stroke))

    def _next(self, asked: dict) -> None:
        name = self.session.choose_next(bool(asked.get("by_doubt")))
        if name is None:
            self._tell("said", asked.get("number"), text="Every other photo has a mask.")
            return
        self.session.open(name)
        self._show_photo(asked.get("number"))

    def _teach(self, asked: dict) -> None:
        lesson = self.session.teach(progress=self._show_progress)
        count = len(self.session.labelled)
        self._tell("progress", asked.get("number"), share=0.0)
        Thread(target=self._follow, args=[lesson, count], daemon=True).start()

    def _show_progress(self, share: float) -> None:
        percent = int(100 * share)
        if percent != getattr(self, "_percent", None):
            self._percent = percent
            self._tell("progress", None, share=percent / 100)

    def _follow(self, lesson, count: int) -> None:
        try:
            self.session.finish(lesson)
            photos = "1 photo" if count == 1 else f"{count} photos"
            text = f"The network has learned from {photos}; now it can propose."
        except Exception as error:  # In a thread nobody would see it.
            text = _in_words(error)
        self._tell("taught", None, text=text, has_model=self.session.model is not None)

    def _save_coco(self, asked: dict) -> None:
        path = self.session.folder.save_coco()
        self._tell("said", asked.get("number"), text=f"Saved {path}.")

    def _change(self, asked: dict, region: Region | None) -> None:
        left, top, pixels = region or Region(0, 0, np.zeros([0, 0], np.uint8))
        height, width = pixels.shape
        self._tell(
            "change",
            asked.get("number"),
            place=[left, top, width, height],
            **self._state(),
            buffers=[_pack(pixels)],
        )

    def _show_photo(self, number) -> None:
        session = self.session
        Image.fromarray(session.image).save(file := io.BytesIO(), "JPEG", quality=JPEG_QUALITY)
        buffers = [file.getvalue(), _pack(session.editor.painted)]
        height, width = session.image.shape[:2]
        full = list(session.editor.mask.shape[1::-1])
        place = {"size": [width, height], "full": full, "has_model": session.model is not None}
        self._tell("photo", number, **place, **self._state(), buffers=buffers)

    def _show_mask(self) -> None:
        painted = self.session.editor.painted
        place = [0, 0, *painted.shape[1::-1]]
        self._tell("change", None, place=place, **self._state(), buffers=[_pack(painted)])

    def _state(self) -> dict:
        session = self.session
        hints = [[hint.class_id, hint.radius_pixels, hint.points] for hint in session.hints]
        return {
            "name": session.name,
            "is_labelled": session.name in session.labelled,
            "steps": list(session.editor.steps),
            "hints": hints,
        }

    def _tell(self, kind: str, number, buffers=None, **content) -> None:
        self.send({"kind": kind, "number": number, **content}, buffers)


def open_labeller(
    folder: str | Path, class_names: Sequence[str] = ("background", "subject"), **options
) -> widgets.VBox:
    """Open the labeller, or where the folder cannot be had, say why and offer to try again.

    Args:
        folder: the photos' folder.
        class_names: as in `Labeller`.
        **options: more of `Labeller`'s.

    Returns:
        A box that holds the `Labeller`, or the words and a button.

    Example:
        >>> open_labeller("/nowhere").children[0].value
        '<p role="alert">...nowhere...'
    """
    door = widgets.VBox()

    def open_it(button=None) -> None:
        try:
            door.children = [Labeller(folder, class_names, **options)]
        except (OSError, ValueError) as error:
            words = widgets.HTML(f'<p role="alert">{html.escape(_in_words(error))}</p>')
            again = widgets.Button(description="Try again")
            again.on_click(open_it)
            door.children = [words, again]

    open_it()
    return door


def _in_words(error: Exception) -> str:
    words = str(error) or type(error).__name__
    return words[:1].upper() + words[1:]


def _pack(pixels: np.ndarray) -> bytes:
    return zlib.compress(np.ascontiguousarray(pixels), 1)
