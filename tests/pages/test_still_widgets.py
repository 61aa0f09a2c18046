"""Widgets are drawn as they were left, as plain HTML that asks for nothing."""

import ipywidgets as widgets
import keras
import numpy as np
from ipywidgets.embed import dependency_state
from PIL import Image

from pages.still_widgets import draw_widget
from unetlab import Studio
from unetlab.label import open_labeller


def state_of(widget):
    """Return a widget's id and the state that a notebook would save of it."""
    # And of no other: what an earlier test has closed has no state any more.
    return dependency_state([widget], drop_defaults=False), widget.model_id


def test_the_studio_shows_its_picture_and_its_controls():
    model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(1, 1)])
    studio = Studio(model, {"black": np.zeros([40, 60, 3], np.uint8)})
    studio.effect.value, studio.strength.value = "blurred", 0.35
    drawn = draw_widget(*state_of(studio))
    assert "<select disabled><option>blurred</option></select>" in drawn
    assert '<input type="range" disabled min="0.0" max="1.0" step="0.05" value="0.35">' in drawn
    assert 'src="data:image/jpeg;base64,' in drawn
    assert 'alt="The picture as it was left. Photo black, Effect blurred."' in drawn
    assert "<script" not in drawn and "http" not in drawn


def test_what_a_person_wrote_cannot_become_a_tag():
    box = widgets.VBox([widgets.Text("<b>bold</b>", description="<i>name</i>")])
    drawn = draw_widget(*state_of(box))
    assert "&lt;b&gt;bold&lt;/b&gt;" in drawn and "&lt;i&gt;name" in drawn


def test_each_control_shows_its_value():
    output = widgets.Output()
    output.outputs = ({"output_type": "stream", "name": "stdout", "text": "said <this>"},)
    box = widgets.HBox(
        [
            widgets.Checkbox(True, description="Holes"),
            widgets.IntProgress(3, max=7),
            widgets.Button(description="Save"),
            widgets.ColorPicker(value="#123456"),
            widgets.HTML("<b>12 photos</b>"),
            output,
        ]
    )
    drawn = draw_widget(*state_of(box))
    assert '<input type="checkbox" disabled checked>' in drawn
    assert '<progress max="7" value="3">' in drawn
    assert '<button type="button" disabled>Save</button>' in drawn
    assert 'type="color" disabled value="#123456"' in drawn
    assert "<b>12 photos</b>" in drawn
    assert "<pre>said &lt;this&gt;</pre>" in drawn


def test_a_widget_that_shows_nothing_is_left_out():
    assert draw_widget(*state_of(widgets.Output())) is None


def test_a_labeller_is_named_and_asks_for_nothing(tmp_path):
    Image.new("RGB", (6, 4)).save(tmp_path / "cat.jpg")
    box = open_labeller(tmp_path)
    drawn = draw_widget(*state_of(box))
    box.children[0].close()
    assert "A labeller, to paint on in a running notebook." in drawn
    assert "<script" not in drawn and "<input" not in drawn
