"""The studio: the photoshop with live controls, in JupyterLab or as a page of its own.

All it shows comes from `unetlab.photo.looks`; here are only the controls and their bindings.

Taught in: notebooks/04_photoshop.ipynb
"""

import base64
import html
import io
from collections.abc import Mapping
from pathlib import Path

import cv2
import ipywidgets as widgets
import keras
import numpy as np
import skimage.data
from PIL import Image, ImageColor

from unetlab.data import read_upload
from unetlab.photo.looks import EFFECTS, Look, make_file, make_picture, predict_probability

PREVIEW = 800  # Pixels of the longer side: enough to judge, small enough to follow a slider.


class Studio(widgets.Box):
    """Choose or upload a photo, choose an effect, move sliders, save the picture.

    The model runs once for each photo. The preview is made from a smaller copy, the saved picture
    from the photo at its own size. What goes wrong is said in the message line.

    Args:
        model: from image [B, h, w, 3] in 0..255 to one logit a pixel.
        gallery: photos to choose from, uint8 [H, W, 3] by name; at least one.
        folder: where pictures are saved.

    Example:
        >>> model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(1, 1)])
        >>> studio = Studio(model, {"black": np.zeros([40, 60, 3], np.uint8)})
        >>> studio.effect.value = "blurred"
        >>> studio.picture.shape
        (40, 60, 3)
    """

    def __init__(self, model: keras.Model, gallery: Mapping[str, np.ndarray], folder="."):
        self.model, self.gallery, self.folder = model, dict(gallery), Path(folder)
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
        self.preview = widgets.Image(format="jpeg", layout={"max_width": "100%"})
        self.preview.add_class("unetlab-preview")
        controls = [self.photo, self.upload, self.effect, self.threshold, self.feather]
        controls += [self.one_piece, self.strength, self.colour, self.save, self.message]
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
        for control in controls[2:-2]:
            control.observe(lambda change: self.redraw(), "value")
        self.save.on_click(lambda button: self.save_picture())
        self.show_from_gallery()

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
        """Show the photo that is chosen in the list."""
        self._show(self.gallery[self.photo.value], self.photo.value)

    def show_upload(self) -> None:
        """Show the photo that was uploaded, or say what is wrong with it."""
        if not self.upload.value:
            return
        file = self.upload.value[0]
        # Emptied at once, so that the same file may be sent again.
        self.upload.value = ()
        try:
            image, note = read_upload(bytes(file["content"]), file["name"])
        except ValueError as error:
            self._say(str(error))
            return
        name = Path(file["name"]).stem
        self.gallery[name] = image
        # A new list chooses its first photo by itself, which nobody asked to see.
        self.photo.unobserve(self._follow_list, "value")
        self.photo.options = list(self.gallery)
        self.photo.value = name
        self.photo.observe(self._follow_list, "value")
        self.show_from_gallery()
        if note:
            self._say(note)

    def redraw(self) -> None:
        """Make the preview anew from the controls; the model does not run."""
        try:
            self.picture = make_picture(*self._small, self.look)
        except ValueError as error:
            self._say(str(error))
            return
        self.preview.value = _encode(self.picture, "JPEG")

    def save_picture(self) -> Path | None:
        """Save the picture at the photo's own size; return its path, or say what is wrong."""
        path = self.folder / f"{self._name}_{self.effect.value.replace(' ', '_')}.png"
        content = _encode(make_file(self._image, self._probability, self.look), "PNG")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            self._say(f"{path} cannot be written: {error.strerror}.")
            return None
        link = f"data:image/png;base64,{base64.b64encode(content).decode()}"
        name = html.escape(path.name)
        self._say(f"Saved {path}.", f' <a href="{link}" download="{name}">Download</a>')
        return path

    def _follow_list(self, change) -> None:
        self.show_from_gallery()

    def _show(self, image, name: str) -> None:
        self._say(f"Looking for the subject in {name} ...")
        self._image, self._name = image, name
        self._probability = predict_probability(self.model, image)
        scale = min(1.0, PREVIEW / max(image.shape[:2]))
        size = [max(1, round(side * scale)) for side in image.shape[1::-1]]
        small = [
            cv2.resize(part, size, interpolation=cv2.INTER_AREA)
            for part in (image, self._probability)
        ]
        self._small = small[0], small[1][..., None]
        self.preview.alt = f"{name} with the effect"
        self.redraw()
        height, width = image.shape[:2]
        self._say(f"{name}, {width} x {height} pixels")

    def _say(self, text: str, markup: str = "") -> None:
        self.message.value = f'<span role="status">{html.escape(text)}</span>{markup}'


def _slider(name: str, value, low, high, step, readout_format=".2f") -> widgets.FloatSlider:
    return widgets.FloatSlider(
        value, min=low, max=high, step=step, description=name, readout_format=readout_format
    )


def _encode(image, kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, kind)
    return buffer.getvalue()


def load_studio(
    model: str | Path = "../build/models/04_photoshop.keras",
    folder: str | Path = "../build/studio",
) -> widgets.Widget:
    """Open the studio with a saved model; where there is none, say what to do.

    Args:
        model: a model's file, as notebook 04 saves it.
        folder: where pictures are saved.

    Returns:
        The `Studio`, or a line of text.

    Example:
        >>> load_studio("/nowhere.keras").value
        'There is no model at /nowhere.keras yet. Run notebook 04 once: it trains and saves one.'
    """
    if not Path(model).is_file():
        return widgets.HTML(
            f"There is no model at {html.escape(str(model))} yet. Run notebook 04 once: it trains "
            "and saves one."
        )
    return Studio(keras.saving.load_model(model), {"chelsea": skimage.data.cat()}, folder)
