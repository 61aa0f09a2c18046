"""Widgets as they stood when a notebook ended, as plain HTML that needs no script and no network.

Jupyter's own pages fetch a widget manager from a server for this; here a slider becomes a slider
that cannot be moved, in the place and with the value that the notebook saved.
"""

import html

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
BOXES = ("BoxModel", "HBoxModel", "VBoxModel", "GridBoxModel")
SLIDERS = ("FloatSliderModel", "IntSliderModel")
BARS = ("FloatProgressModel", "IntProgressModel")
WORDS = ("HTMLModel", "LabelModel", "HTMLMathModel")
BUTTONS = ("ButtonModel", "FileUploadModel", "ToggleButtonModel")
NOTE = "Controls move in a running notebook; here they stand as they were left."


def draw_widget(state, model_id):
    """Return a widget's HTML, or None where it shows nothing."""
    inside = draw(state, model_id)
    if not inside.strip():
        return None
    return f'<div class="still-widget">{inside}<p class="still-note">{NOTE}</p></div>'


def draw(state, model_id):
    """Return the HTML of one widget and of what it holds."""
    entry = state[model_id]
    name, values = entry["model_name"], entry["state"]
    described = html.escape(str(values.get("description") or ""))
    if name in BOXES:
        inside = "".join(draw(state, child) for child in children_of(values))
        return f'<div class="still-{"column" if name == "VBoxModel" else "row"}">{inside}</div>'
    if name == "ImageModel":
        return draw_image(entry, alternative_text(state))
    if name == "OutputModel":
        return "".join(draw_output(output) for output in values.get("outputs", ()))
    if name == "AnyModel":  # the labeller, which a script of its own draws
        return "<p>A labeller, to paint on in a running notebook.</p>"
    if name in WORDS:
        return f"<div>{values.get('value', '')}</div>"
    if name in BUTTONS:
        return f'<button type="button" disabled>{described}</button>'
    if name in BARS:
        return f'<progress max="{values["max"]}" value="{values["value"]}">{described}</progress>'
    control = draw_control(name, values)
    return f"<label><span>{described}</span> {control}</label>"


def children_of(values):
    """Return the model ids of a box's children."""
    return [child.removeprefix("IPY_MODEL_") for child in values.get("children", ())]


def draw_control(name, values):
    """Return a control that shows its value and cannot be changed."""
    value = html.escape(str(value_of(values)))
    if name in SLIDERS:
        ends = " ".join(f'{end}="{values[end]}"' for end in ("min", "max", "step"))
        return f'<input type="range" disabled {ends} value="{value}"> <span>{value}</span>'
    if name == "DropdownModel":
        return f"<select disabled><option>{value}</option></select>"
    if name == "CheckboxModel":
        return f'<input type="checkbox" disabled{" checked" if values.get("value") else ""}>'
    if name == "ColorPickerModel":
        return f'<input type="color" disabled value="{value}">'
    return f'<input disabled value="{value}">'


def value_of(values):
    """Return a control's value as a person reads it; of a list, the chosen option."""
    if "_options_labels" in values:
        index = values.get("index")
        return "" if index is None else values["_options_labels"][index]
    value = values.get("value", "")
    return f"{value:.4g}" if isinstance(value, float) else value


def alternative_text(state):
    """Say by its controls what the picture beside them is."""
    lists = [
        f"{entry['state']['description']} {value_of(entry['state'])}"
        for entry in state.values()
        if entry["model_name"] == "DropdownModel" and entry["state"].get("description")
    ]
    return f"The picture as it was left. {', '.join(lists)}." if lists else ""


def draw_image(entry, words):
    """Return the picture that an image widget held."""
    content = [part["data"] for part in entry.get("buffers", ()) if part["path"] == ["value"]]
    if not content:
        return ""
    kind = entry["state"].get("format", "png")
    source = f"data:image/{kind};base64,{content[0].strip()}"
    return f'<img alt="{html.escape(words)}" src="{source}">'


def draw_output(output):
    """Return what a cell's output inside a widget says, as text."""
    text = output.get("text") or output.get("data", {}).get("text/plain", "")
    return f"<pre>{html.escape(''.join(text))}</pre>"
