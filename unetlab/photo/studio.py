"""The studio: the photoshop with live controls, in JupyterLab or as a page of its own.

All it shows comes from `unetlab.photo.looks`; here are only the controls and their bindings.
"""

import html
import io
import json
import re
from collections.abc import Mapping
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path

import anywidget
import cv2
import ipywidgets as widgets
import keras
import numpy as np
import skimage.data
import traitlets
from PIL import Image, ImageColor
from skimage.measure import label

from unetlab.data import DRAWN, read_upload
from unetlab.photo.looks import (
    EFFECTS,
    Look,
    make_alpha,
    make_file,
    make_picture,
    predict_probability,
)
from unetlab.photo.scribbles import correct_mask
from unetlab.starter import load_starter

PREVIEW = 800  # Pixels of the longer side: enough to judge, small enough to follow a slider.

WITHOUT_STRENGTH = "new background", "cut-out"
WITHOUT_COLOUR = "grey world", "blurred", "cut-out"
HANDS = "No strokes", "This too", "Not this"
ANOTHER = 0.1  # Of the largest piece's pixels, from which another one is no speck.


class _Picture(anywidget.AnyWidget):
    """The picture, to draw on; files in and out; and names for what ipywidgets leaves nameless."""

    _esm = Path(__file__).with_name("studio.js").read_text(encoding="utf-8")
    value = traitlets.Bytes().tag(sync=True)  # A JPEG.
    alt = traitlets.Unicode().tag(sync=True)
    hand = traitlets.Int().tag(sync=True)  # What a stroke says, an index into `HANDS`.
    original = traitlets.Bool().tag(sync=True)  # Whether its button is held.


class Studio(widgets.Box):
    """Choose or upload a photo, choose an effect, move sliders, save the picture.

    The model runs once for each photo; strokes on the picture correct its mask. The preview is made
    from a smaller copy, the saved picture from the photo at its own size. What goes wrong is said
    in the message line, and the photo before stays.

    Args:
        model: a `keras.Model` from image [B, h, w, 3] in 0..255 to one logit a pixel.
        gallery: photos to choose from, uint8 [H, W, 3] by name; at least one.
        about: a line on the model, for the person in front of it.

    Raises:
        ValueError: the first photo is none, or the model has several logits.

    Example:
        >>> model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(1, 1)])
        >>> studio = Studio(model, {"black": np.zeros([40, 60, 3], np.uint8)})
        >>> studio.effect.value = "blurred"
        >>> studio.picture.shape
        (40, 60, 3)
    """

    def __init__(self, model: keras.Model, gallery: Mapping[str, np.ndarray], about: str = ""):
        self.model, self.gallery = model, dict(gallery)
        look = Look()
        self.photo = widgets.Dropdown(description="Photo")
        self.upload = widgets.Button(description="Your own photo", icon="upload")
        self.upload.tooltip = "From this device; or drop it here, or paste it"
        self.effect = widgets.Dropdown(options=list(EFFECTS), description="Effect")
        self.threshold = _slider("Threshold", look.threshold, 0.02, 0.98, 0.02)
        self.feather = _slider("Soft edge", look.feather, 0.0, 0.03, 0.001, ".3f")
        self.strength = _slider("Strength", look.strength, 0.0, 1.0, 0.05)
        colour = "#{:02x}{:02x}{:02x}".format(*look.colour)
        self.behind = widgets.Dropdown(description="Background")
        self.colour = widgets.ColorPicker(value=colour, description="Colour")
        self.one_piece = widgets.Checkbox(look.one_piece, description="One piece, no holes")
        self.hand = widgets.ToggleButtons(options=HANDS)
        self.hand.style.button_width = "auto"
        self.undo = widgets.Button(description="Undo stroke", icon="undo")
        self.original = widgets.Button(description="Hold for the original", icon="eye")
        self.save = widgets.Button(description="Save as PNG", icon="download")
        self.message = widgets.HTML()
        self.about = widgets.HTML(f"<small>{html.escape(about)}</small>")
        self.preview = _Picture(layout={"flex": "3 1 20em", "margin": "0 1em 1em 0"})
        for part in ("upload", "original"):
            getattr(self, part).add_class(f"unetlab-{part}")
        controls = [self.photo, self.upload, self.effect, self.threshold, self.feather]
        controls += [self.one_piece, self.strength, self.behind, self.colour]
        for control in controls[2:]:
            control.observe(lambda change: self.redraw(), "value")
        controls += [self.hand, self.undo, self.original, self.save, self.message, self.about]
        for control in controls:
            control.layout.width = "auto"  # As wide as their column, which the screen decides.
        # The picture first: the controls beside it where there is room, below on a narrow screen.
        super().__init__(
            [self.preview, widgets.VBox(controls, layout={"flex": "1 1 18em"})],
            layout={"display": "flex", "flex_flow": "row wrap"},
        )
        self.add_class("unetlab-studio")
        self.photo.observe(self._show_chosen, "value")
        # In the page itself: who draws at once does not wait for Python.
        widgets.jsdlink((self.hand, "index"), (self.preview, "hand"))
        self.preview.observe(lambda change: self.redraw(), "original")
        self.preview.on_msg(lambda preview, *sent: self._receive(*sent))
        self.undo.on_click(lambda button: self.undo_stroke())
        self.save.on_click(lambda button: self.save_picture())
        first, image = next(iter(self.gallery.items()))
        self._show(image, first)
        self._list_photos(first)

    @property
    def look(self) -> Look:
        """Return what the controls say."""
        # The picker takes names and short codes, too.
        colour = ImageColor.getrgb(self.colour.value)[:3]
        return Look(
            self.effect.value,
            self.threshold.value,
            self.feather.value,
            self.strength.value,
            colour,
            self.one_piece.value,
            self.gallery.get(self.behind.value),
        )

    def redraw(self) -> None:
        """Make the preview anew from the controls; the model does not run."""
        effect, is_new = self.effect.value, self.effect.value == "new background"
        for control, is_of_use in (
            (self.strength, effect not in WITHOUT_STRENGTH),
            (self.behind, is_new),
            (self.colour, effect not in WITHOUT_COLOUR and not (is_new and self.behind.value)),
        ):
            control.layout.display = None if is_of_use else "none"
        # A mask that was corrected is a person's: what made the network's has no say in it.
        self.threshold.disabled = self.one_piece.disabled = bool(self._masks)
        self.undo.disabled = not self._masks
        with self._said_in_words("This picture cannot be made"):
            self.picture = make_picture(*self._corrected(*self._small))
            original = self.preview.original
            self.preview.value = _encode(self._small[0] if original else self.picture, "JPEG")
            self.preview.alt = f"{self._name}, {'the original' if original else effect}"
            self._say(self._describe())

    def save_picture(self) -> None:
        """Make the picture at the photo's own size, and hand it to the browser."""
        name = f"{_safe_name(self._name)}_{self.effect.value.replace(' ', '_')}.png"
        height, width = self._image.shape[:2]
        self._say(f"Making {name}, {width} x {height} pixels ...")
        with self._said_in_words(f"{name} cannot be made"):
            picture = make_file(*self._corrected(self._image, self._probability))
            self.preview.send({"name": name}, [_encode(picture, "PNG")])
            self._say(f"{name} is among your downloads.")

    def undo_stroke(self) -> None:
        """Take the last stroke back."""
        del self._strokes[-1:], self._masks[-1:]
        self.redraw()

    def _corrected(self, image, probability) -> tuple:
        # What a picture is made of. A mask is enlarged as a probability and cut at its middle, or
        # its outline would have stairs.
        if not self._masks:
            return image, probability, self.look
        mask = cv2.resize(np.float32(self._masks[-1]), image.shape[1::-1])
        return image, mask[..., None], self.look._replace(threshold=0.5, one_piece=False)

    def _receive(self, content: dict, buffers) -> None:
        if buffers:
            self._show_upload(content["name"], *buffers)
        elif content["alt"] == self.preview.alt:  # Else the stroke is on a picture that is gone.
            self._add_stroke(HANDS[content["hand"]] == "This too", content["points"])

    def _add_stroke(self, is_subject: bool, points) -> None:
        self._say("Correcting the mask ...")
        with self._said_in_words("The mask cannot be corrected"):
            image, probability, look = self._corrected(*self._small)
            mask = np.uint8(make_alpha(probability, look._replace(feather=0)))
            strokes = [*self._strokes, (is_subject, points)]
            self._masks.append(correct_mask(image, mask, strokes))
            self._strokes = strokes
            self.redraw()

    def _show_chosen(self, change) -> None:
        with self._said_in_words(f"{self.photo.value} cannot be shown"):
            self._show(self.gallery[self.photo.value], self.photo.value)
        if self.photo.value != self._name:
            self._list_photos(self._name)

    def _describe(self) -> str:
        height, width = self._image.shape[:2]
        _, probability, look = self._corrected(*self._small)
        pieces = label(probability[..., 0] > look.threshold)
        sizes = np.sort(np.bincount(pieces.ravel())[1:])
        lack = ""
        if not len(sizes):
            lack = ": no subject is found; try a lower threshold, or another photo"
        elif look.one_piece and (sizes[:-1] > ANOTHER * sizes[-1]).any():
            lack = ": another piece is left out; untick One piece to have it, too"
        return f"{self._name}, {width} x {height} pixels{lack}"

    def _show_upload(self, file_name: str, content) -> None:
        try:
            image, note = read_upload(bytes(content), file_name)
        except ValueError as error:
            self._say(str(error))
            return
        stem = _safe_name(Path(file_name).stem)
        # Whatever is pasted is called "image": a second one does not take the first one's place.
        names = chain([stem], (f"{stem} {number}" for number in count(2)))
        name = next(one for one in names if np.array_equal(image, self.gallery.get(one, image)))
        with self._said_in_words(f"{name} cannot be shown"):
            self._show(image, name)
            self.gallery[name] = image
            self._list_photos(name)
            if note:
                self._say(note)

    def _show(self, image, name: str) -> None:
        self._say(f"Looking for the subject in {name} ...")
        probability = predict_probability(self.model, image)
        scale = min(1.0, PREVIEW / max(image.shape[:2]))
        size = [max(1, round(side * scale)) for side in image.shape[1::-1]]
        small, probable = (
            cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in (image, probability)
        )
        # All or nothing: where something failed above, the photo before stays, to be saved too.
        self._image, self._probability, self._name = image, probability, name
        self._small = small, probable[..., None]
        self._strokes, self._masks = [], []  # Of the second, each is the mask after a stroke.
        self.redraw()

    def _list_photos(self, chosen: str) -> None:
        # A new list chooses its first photo by itself, which nobody asked to see.
        self.photo.unobserve(self._show_chosen, "value")
        self.photo.options = list(self.gallery)
        self.photo.value = chosen
        self.photo.observe(self._show_chosen, "value")
        behind = self.behind.value or ""
        self.behind.options = [("one colour", ""), *((name, name) for name in self.gallery)]
        self.behind.value = behind

    @contextmanager
    def _said_in_words(self, fault: str):
        try:
            yield
        # A callback's error is seen by nobody: whatever it is, it is said where the person looks.
        except Exception as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            self._say(f"{fault}: {reason.rstrip('.')}.")

    def _say(self, text: str) -> None:
        self.message.value = f'<span role="status">{html.escape(text)}</span>'


def _slider(name: str, value, low, high, step, readout_format=".2f") -> widgets.FloatSlider:
    return widgets.FloatSlider(
        value, min=low, max=high, step=step, description=name, readout_format=readout_format
    )


def _encode(image, kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, kind)
    return buffer.getvalue()


def _safe_name(name: str) -> str:
    # No folders, nothing hidden, nothing long: whatever a photo was called.
    return re.sub(r"[^\w .-]+", "_", name).replace("..", "").strip(" .")[:50].rstrip() or "photo"


def load_studio(model: str | Path = "../build/models/04_photoshop.keras") -> Studio:
    """Open the studio with the network that `keep_run` kept, or with the starter, and say why.

    After a short run, or one on drawn photos, the starter's masks are the better ones.
    """
    model = Path(model)
    record = model.parent.parent / "metrics" / f"{model.stem}.json"
    figures = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
    lacks = "" if model.is_file() and figures else "has kept no network with its figures yet"
    if figures.get("short_run"):
        lacks = "has kept that of a short run, which is worse"
    elif DRAWN in figures.get("data", ""):
        lacks = "has kept one that has seen drawings only, which is worse"
    if lacks:
        network = load_starter(num_classes=2)
        about = f"Model: the starter that comes with unetlab. Notebook 04 {lacks}."
    else:
        network = keras.saving.load_model(model, compile=False)
        about = f"Model: {model.stem}, from {figures['data']}; score {figures['score']:.3f}."
    return Studio(network, {"chelsea": skimage.data.cat()}, about)
