"""The studio: the photoshop with live controls, in JupyterLab or as a page of its own.

All it shows comes from `unetlab.photo.looks`; here are only the controls and their bindings.

Taught in: notebooks/04_photoshop.ipynb
"""

import base64
import html
import io
import os
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import ipywidgets as widgets
import numpy as np
import skimage.data
from PIL import Image, ImageColor

from unetlab.arguments import check_path
from unetlab.checks import check_alpha
from unetlab.data import read_upload
from unetlab.photo.looks import EFFECTS, Look, make_file, make_picture, predict_probability
from unetlab.photo.shared_model import ADDRESS, SharedModel, open_network
from unetlab.saving import write_whole

if TYPE_CHECKING:  # A visitor of the page has no Keras; see shared_model.py.
    import keras

PREVIEW = 800  # Pixels of the longer side: enough to judge, small enough to follow a slider.
# What one visitor may take of the machine, on which there may be many.
MOST_BYTES = 30_000_000  # of one upload
UPLOADS_KEPT = 5  # in the list; then the oldest goes
PICTURES_KEPT = 20  # in the folder; then pictures can still be downloaded


class Studio(widgets.Box):
    """Choose or upload a photo, choose an effect, move sliders, save the picture.

    The model runs once for each photo. The preview is made from a smaller copy, the saved picture
    from the photo at its own size. What goes wrong is said in the message line, and the photo
    before stays. Only the last five uploads are kept, and at most twenty pictures.

    Args:
        model: a `keras.Model` from image [B, h, w, 3] in 0..255 to one logit a pixel; or a function
            from one photo, uint8 [H, W, 3], to the subject's probability, float [H, W, 1].
        gallery: photos to choose from, uint8 [H, W, 3] by name; at least one.
        folder: where pictures are saved; made with the first one.
        about: a line on the model, for the person in front of it; or a function that gives this
            line, asked after each photo.

    Raises:
        ValueError: the gallery is empty or holds no photos, or the model has several logits.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(1, 1)])
        >>> studio = Studio(model, {"black": np.zeros([40, 60, 3], np.uint8)})
        >>> studio.effect.value = "blurred"
        >>> studio.picture.shape
        (40, 60, 3)
    """

    def __init__(
        self,
        model: "keras.Model | Callable",
        gallery: Mapping[str, np.ndarray],
        folder: str | Path = ".",
        about: str | Callable[[], str] = "",
    ):
        if not gallery:
            raise ValueError("the gallery is empty, expected one photo or more: give some by name.")
        self.model, self.gallery, self.folder = model, dict(gallery), check_path("folder", folder)
        self._uploads, self._saved, self._about = [], set(), about
        look = Look()
        self.photo = widgets.Dropdown(options=list(self.gallery), description="Photo")
        self.upload = widgets.FileUpload(accept="image/*", description="Your own photo")
        self.effect = widgets.Dropdown(options=list(EFFECTS), description="Effect")
        self.threshold = _slider("Threshold", look.threshold, 0.02, 0.98, 0.02)
        self.feather = _slider("Soft edge", look.feather, 0.0, 0.03, 0.001, ".3f")
        self.strength = _slider("Strength", look.strength, 0.0, 1.0, 0.05)
        colour = "#{:02x}{:02x}{:02x}".format(*look.colour)
        self.colour = widgets.ColorPicker(value=colour, description="Colour")
        self.one_piece = widgets.Checkbox(look.one_piece, description="One piece, no holes")
        self.save = widgets.Button(description="Save as PNG", icon="download")
        self.message = widgets.HTML()
        self.about = widgets.HTML()
        self.preview = widgets.Image(format="jpeg", layout={"max_width": "100%"})
        self.preview.add_class("unetlab-preview")
        controls = [self.photo, self.upload, self.effect, self.threshold, self.feather]
        controls += [self.one_piece, self.strength, self.colour]
        for control in controls[2:]:
            control.observe(lambda change: self.redraw(), "value")
        controls += [self.save, self.message, self.about]
        for control in controls:
            control.layout.width = "auto"  # As wide as their column, which the screen decides.
        # Side by side where there is room, one below the other on a narrow screen.
        super().__init__(
            [
                widgets.VBox(controls, layout={"flex": "0 1 22em", "margin": "0 1em 1em 0"}),
                widgets.Box([self.preview], layout={"flex": "1 1 20em"}),
            ],
            layout={"display": "flex", "flex_flow": "row wrap"},
        )
        self.photo.observe(self._follow_list, "value")
        self.upload.observe(lambda change: self.show_upload(), "value")
        self.save.on_click(lambda button: self.save_picture())
        self._show(self.gallery[self.photo.value], self.photo.value)

    @property
    def look(self) -> Look:
        """Return what the controls say."""
        # The picker takes names and short codes too.
        colour = ImageColor.getrgb(self.colour.value)[:3]
        return Look(
            self.effect.value,
            self.threshold.value,
            self.feather.value,
            self.strength.value,
            colour,
            self.one_piece.value,
        )

    def show_from_gallery(self) -> None:
        """Show the photo that is chosen in the list, or say what is wrong with it."""
        with self._said_in_words(f"{self.photo.value} cannot be shown"):
            self._show(self.gallery[self.photo.value], self.photo.value)
        if self.photo.value != self._name:
            self._list_photos(self._name)

    def show_upload(self) -> None:
        """Show the photo that was uploaded, or say what is wrong with it."""
        if not self.upload.value:
            return
        file = _take_upload(self.upload)
        if file["size"] > MOST_BYTES:
            self._say(
                f"{file['name']} has {file['size'] / 1e6:.0f} MB, expected {MOST_BYTES // 10**6} "
                "at most: send it smaller."
            )
            return
        try:
            image, note = read_upload(bytes(file["content"]), file["name"])
        except ValueError as error:
            self._say(str(error))
            return
        name = make_file_name(Path(file["name"]).stem)
        while name in self.gallery and name not in self._uploads:
            name += " 2"  # The photos that came with the studio stay.
        with self._said_in_words(f"{name} cannot be shown"):
            self._show(image, name)
            self._keep(image, name)
            if note:
                self._say(note)

    def redraw(self) -> None:
        """Make the preview anew from the controls; the model does not run."""
        with self._said_in_words("This picture cannot be made"):
            self.picture = make_picture(*self._small, self.look)
            self.preview.value = _encode(self.picture, "JPEG")

    def save_picture(self) -> Path | None:
        """Save the picture at the photo's own size; return its path, or say what is wrong.

        Where it cannot be written, it can still be downloaded.
        """
        name = f"{make_file_name(self._name)}_{self.effect.value.replace(' ', '_')}.png"
        path = self.folder / name
        with self._said_in_words(f"{path} cannot be made"):
            content = _encode(make_file(self._image, self._probability, self.look), "PNG")
            if path not in self._saved and len(self._saved) == PICTURES_KEPT:
                self._offer(f"{PICTURES_KEPT} pictures are saved; this one is not.", name, content)
                return None
            try:
                self._write(path, content)
            except OSError as error:
                self._offer(f"{error} It can be downloaded here:", name, content)
                return None
            self._saved.add(path)
            self._offer(f"Saved {path}.", name, content)
            return path

    def _write(self, path: Path, content: bytes) -> None:
        with write_whole(path) as beside:
            self.folder.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(content)

    def _show(self, image, name: str) -> None:
        self._say(f"Looking for the subject in {name} ...")
        probability = self._predict(image)
        scale = min(1.0, PREVIEW / max(image.shape[:2]))
        size = [max(1, round(side * scale)) for side in image.shape[1::-1]]
        small, probable = (
            cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in (image, probability)
        )
        # All or nothing: where something failed above, the photo before stays, to be saved too.
        self._image, self._probability, self._name = image, probability, name
        self._small = small, probable[..., None]
        self.preview.alt = f"{name} with the effect"
        height, width = image.shape[:2]
        self._say(f"{name}, {width} x {height} pixels")
        about = self._about() if callable(self._about) else self._about
        self.about.value = f"<small>{html.escape(about)}</small>"
        self.redraw()

    def _predict(self, image) -> np.ndarray:
        # A network can be called too, but Keras's way to predict is what tells it from a function.
        if callable(self.model) and not hasattr(self.model, "predict_on_batch"):
            return check_alpha(self.model(image), image)[..., None]
        return predict_probability(self.model, image)

    def _keep(self, image, name: str) -> None:
        self._uploads = [other for other in self._uploads if other != name] + [name]
        self.gallery[name] = image
        if len(self._uploads) > UPLOADS_KEPT:
            del self.gallery[self._uploads.pop(0)]
        self._list_photos(name)

    def _list_photos(self, chosen: str) -> None:
        # A new list chooses its first photo by itself, which nobody asked to see.
        self.photo.unobserve(self._follow_list, "value")
        self.photo.options = list(self.gallery)
        self.photo.value = chosen
        self.photo.observe(self._follow_list, "value")

    def _follow_list(self, change) -> None:
        self.show_from_gallery()

    @contextmanager
    def _said_in_words(self, fault: str):
        try:
            yield
        # A callback's error is seen by nobody: whatever it is, it is said where the person looks.
        except Exception as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            self._say(f"{fault}: {reason.rstrip('.')}.")

    def _offer(self, text: str, name: str, content: bytes) -> None:
        link = f"data:image/png;base64,{base64.b64encode(content).decode()}"
        self._say(text, f' <a href="{link}" download="{html.escape(name)}">Download</a>')

    def _say(self, text: str, markup: str = "") -> None:
        self.message.value = f'<span role="status">{html.escape(text)}</span>{markup}'


def _take_upload(upload: widgets.FileUpload) -> dict:
    # ipywidgets 7, which Colab has, keeps uploads by name and their metadata apart.
    if isinstance(upload.value, Mapping):
        file = list(upload.value.values())[-1]
        file, emptied = {**file["metadata"], "content": file["content"]}, {}
    else:
        file, emptied = upload.value[0], ()
    # Emptied at once, so that the same file may be sent again.
    upload.set_trait("value", emptied)
    return file


def _slider(name: str, value, low, high, step, readout_format=".2f") -> widgets.FloatSlider:
    return widgets.FloatSlider(
        value, min=low, max=high, step=step, description=name, readout_format=readout_format
    )


def _encode(image, kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, kind)
    return buffer.getvalue()


def make_file_name(name: str) -> str:
    """Make a name that is safe as a file's, whatever it was: no folders, nothing hidden.

    Args:
        name: any text.

    Returns:
        Its letters, digits, blanks, dots and dashes, 50 at most; the rest is underscores.

    Example:
        >>> make_file_name("../../x"), make_file_name("mein Kater.1"), make_file_name("..")
        ('__x', 'mein Kater.1', 'photo')
    """
    return re.sub(r"[^\w .-]+", "_", name).replace("..", "").strip(" .")[:50].rstrip() or "photo"


def load_studio(
    model: str | Path = "../build/models/04_photoshop.keras",
    folder: str | Path = "../build/studio",
) -> Studio:
    """Open the studio with a saved model, or with the one that comes with unetlab.

    On the page that `make app` opens, one process has the model, for all visitors.

    Args:
        model: a model's file, as notebook 04 saves it; where there is none, the starter model does.
        folder: each studio saves its pictures into a folder of its own in here, so that visitors of
            the page neither see nor overwrite another's.

    Returns:
        The `Studio`, which says which model is at work.

    Raises:
        ValueError: one of the two is no path.

    Example:
        >>> load_studio("/nowhere.keras").about.value
        '<small>Model: the starter that comes with unetlab; there is none at /nowhere.keras ...'
    """
    name = f"{datetime.now():%Y-%m-%d_%H-%M-%S}_{secrets.token_hex(4)}"
    model = check_path("model", model)
    own_folder, gallery = check_path("folder", folder) / name, {"chelsea": skimage.data.cat()}
    if ADDRESS not in os.environ:
        network, about = open_network(model)
        return Studio(network, gallery, own_folder, about)
    shared = SharedModel(os.environ[ADDRESS], model)
    studio = Studio(shared, gallery, own_folder, lambda: shared.about)

    def look_again(change) -> None:
        if shared.is_outdated():
            studio.show_from_gallery()

    # The page was made ready before anybody came: since then notebook 04 may have saved its model.
    # From 0 on, the page counts who sees it.
    studio._view_count = 0
    studio.observe(look_again, "_view_count")
    return studio
