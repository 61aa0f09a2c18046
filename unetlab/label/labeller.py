"""The labeller: photos of a folder, and a brush; in JupyterLab, VS Code, Colab, or as a page.

All that it does comes from `unetlab.label.session`; here are only the messages of its page, whose
own part is in the folder `browser`.
"""

import html
import io
import re
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import anywidget
import ipywidgets as widgets
import numpy as np
import traitlets
from PIL import Image

from unetlab.label.editing import Region, pack
from unetlab.label.session import LabelSession
from unetlab.label.store import CLASS_NAMES, LabelFolder
from unetlab.label.strokes import Stroke

if TYPE_CHECKING:
    import keras

BROWSER = Path(__file__).parent / "browser"
# A module stands behind those that it imports.
MODULES = ("raster", "picture", "gestures", "tools", "keys", "link", "toolbar", "strip", "labeller")
# Okabe and Ito, Color Universal Design, 2008, the ones first that stand out from most photos.
COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#D55E00", "#CC79A7", "#0072B2", "#999999")
JPEG_QUALITY = 90
THUMBNAIL_PIXELS = 64 * 64


def open_labeller(
    folder: str | Path,
    class_names: Sequence[str] = CLASS_NAMES,
    model: "keras.Model | None" = None,
    image_size: int | tuple[int, int] = 128,
    encoder="mobilenet_v2",
    seed: int = 0,
) -> widgets.VBox:
    """Label the photos of a folder: brush, eraser, polygon, fill, scribbles, and a network's help.

    Every stroke is saved when it ends, as a PNG in `masks/` beside the photos, and the page says so
    when it is on the disk. A proposal is saved, counted and taught from once a person has changed
    or accepted it. What goes wrong is said in the message line. A lesson runs in the background,
    while one goes on painting. Where the folder cannot be had, because it is being
    labelled elsewhere or holds no photo, that is said, with a button to try again.

    Args:
        folder: the photos' folder.
        class_names: the class ids' meanings, the background's first.
        model: a `keras.Model` from image [B, h, w, 3] in 0..255 to logits, that proposes before
            the first lesson; None for none.
        image_size: of a lesson, in pixels: a multiple of 32.
        encoder: of a lesson, as in `build_encoder`.
        seed: of the random order, and of lessons.

    Returns:
        A box that holds the `Labeller`, or the words and a button.

    Example:
        >>> open_labeller("/nowhere").children[0].value
        '<p role="alert">...nowhere...'
    """
    door = widgets.VBox()

    def open_it(button=None) -> None:
        try:
            photos = LabelFolder(folder, class_names)
            door.children = [Labeller(LabelSession(photos, model, image_size, encoder, seed))]
        except (OSError, ValueError) as error:
            words = widgets.HTML(f'<p role="alert">{html.escape(_in_words(error))}</p>')
            again = widgets.Button(description="Try again")
            again.on_click(open_it)
            door.children = [words, again]

    open_it()
    return door


def join_modules(folder: Path, names: Sequence[str]) -> str:
    """Join ES modules into one, each behind those that it imports: a widget's page takes one."""
    texts = [(folder / f"{name}.js").read_text(encoding="utf-8") for name in names]
    joined = re.sub(r'^import \{[^}]*\} from "\./\w+\.js";\n', "", "".join(texts), flags=re.M)
    return re.sub(r"^export (?!default)", "", joined, flags=re.M)


class Labeller(anywidget.AnyWidget):
    """The page of a `LabelSession`: messages from it become changes, and what changed goes back."""

    _esm = join_modules(BROWSER, MODULES)
    _css = (BROWSER / "labeller.css").read_text(encoding="utf-8")
    folder = traitlets.Unicode().tag(sync=True)

    def __init__(self, session: LabelSession):
        self.session, self._lesson = session, None
        self._first_words = self._open_first()
        super().__init__(folder=str(session.folder.folder.resolve()))
        self.on_msg(lambda widget, content, buffers: self._receive(content))

    def close(self) -> None:
        """Close the page's part, and give the folder back."""
        self.session.close()
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

    def _receive(self, asked: dict) -> None:
        acts = {
            "hello": self._greet,
            "open": self._open,
            "stroke": self._stroke,
            "undo": lambda asked: self._show(self.session.undo(), asked["number"]),
            "redo": lambda asked: self._show(self.session.redo(), asked["number"]),
            "propose": lambda asked: self._show(self.session.propose(), asked["number"]),
            "accept": lambda asked: self._show(self.session.accept(), asked["number"]),
            "next": self._next,
            "teach": self._teach,
            "coco": self._save_coco,
            "thumbnail": self._send_thumbnail,
        }
        # A message's error is seen by nobody: whatever it is, it is said where the person looks.
        try:
            acts[asked["kind"]](asked)
        except Exception as error:
            self._tell("refused", asked["number"], text=_in_words(error))
            self._show_whole()

    def _greet(self, asked: dict) -> None:
        folder = self.session.folder
        colours = ["", *(COLOURS[row % len(COLOURS)] for row in range(len(folder.class_names) - 1))]
        self._tell(
            "folder",
            asked["number"],
            names=folder.names,
            labelled=sorted(self.session.labelled),
            drafts=sorted(self.session.drafts),
            classes=[list(pair) for pair in zip(folder.class_names, colours, strict=True)],
            text=self._first_words,
        )
        if asked.get("name") in folder.names:  # A page that is loaded again goes on where it was.
            self.session.open(asked["name"])
        if self.session.editor is not None:
            self._show_photo(None)

    def _open(self, asked: dict) -> None:
        self.session.open(asked["name"])
        self._show_photo(asked["number"])

    def _stroke(self, asked: dict) -> None:
        if asked["name"] != self.session.name:
            raise ValueError(
                f"the stroke is for {asked['name']!r}, but {self.session.name!r} is open: "
                "another page of this labeller has opened it."
            )
        tool, class_id, points = asked["tool"], asked["class_id"], asked["points"]
        if tool == "scribble":
            region = self.session.scribble(Stroke("brush", class_id, points, asked["radius"]))
        else:
            region = self.session.paint(Stroke(tool, class_id, points, asked["radius"]))
        self._show(region, asked["number"])

    def _next(self, asked: dict) -> None:
        name = self.session.choose_next(asked["by_doubt"])
        if name is None:
            self._tell("said", asked["number"], text="Every other photo has a mask.")
            return
        self.session.open(name)
        self._show_photo(asked["number"])

    def _teach(self, asked: dict) -> None:
        if self._lesson is not None and self._lesson.is_alive():
            raise ValueError("a lesson is going on, expected one at a time: wait for its end.")
        self._tell("progress", asked["number"], share=0.0)
        self._lesson = Thread(target=self._hold_lesson, daemon=True)
        self._lesson.start()

    def _hold_lesson(self) -> None:
        count = len(self.session.labelled)
        try:
            self.session.teach(lambda share: self._tell("progress", None, share=share))
            photos = "1 photo" if count == 1 else f"{count} photos"
            text = f"The network has learned from {photos}; now it can propose."
        except Exception as error:  # In a thread nobody would see it.
            text = _in_words(error)
        self._tell("taught", None, text=text, has_model=self.session.model is not None)

    def _save_coco(self, asked: dict) -> None:
        path = self.session.folder.save_coco()
        self._tell("said", asked["number"], text=f"Saved {path}.")

    def _send_thumbnail(self, asked: dict) -> None:
        try:
            photo, _ = self.session.folder.load_photo(asked["name"], THUMBNAIL_PIXELS)
            source = "data:image/jpeg;base64," + b64encode(_to_jpeg(photo)).decode()
        except (OSError, ValueError):
            source = ""  # Said when somebody opens it.
        self._tell("thumbnail", asked["number"], name=asked["name"], source=source)

    def _show(self, region: Region | None, number) -> None:
        left, top, pixels = region or Region(0, 0, np.zeros([0, 0], np.uint8))
        height, width = pixels.shape
        place = [left, top, width, height]
        self._tell("change", number, place=place, **self._state(), buffers=[pack(pixels)])

    def _show_whole(self) -> None:
        if self.session.editor is not None:
            self._show(Region(0, 0, self.session.editor.painted[..., 0]), None)

    def _show_photo(self, number) -> None:
        session = self.session
        buffers = [_to_jpeg(session.image), pack(session.editor.painted)]
        height, width = session.image.shape[:2]
        full = list(session.editor.mask.shape[1::-1])
        place = {"size": [width, height], "full": full, "has_model": session.model is not None}
        self._tell("photo", number, **place, **self._state(), buffers=buffers)

    def _state(self) -> dict:
        session = self.session
        hints = [[hint.class_id, hint.radius_pixels, hint.points] for hint in session.hints]
        return {
            "name": session.name,
            "is_labelled": session.name in session.labelled,
            "is_draft": session.is_draft,
            "steps": list(session.editor.steps),
            "hints": hints,
        }

    def _tell(self, kind: str, number, buffers=None, **content) -> None:
        self.send({"kind": kind, "number": number, **content}, buffers)


def _to_jpeg(image: np.ndarray) -> bytes:
    Image.fromarray(image).save(file := io.BytesIO(), "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def _in_words(error: Exception) -> str:
    words = str(error) or type(error).__name__
    return words[:1].upper() + words[1:]
