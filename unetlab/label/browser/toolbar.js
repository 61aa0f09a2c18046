// Buttons, sliders and lists, each with a name; `acts` says what they do.

const TOOLS = [
  ["brush", "Brush", "B", "M3 13c0-2 1-3 3-3s3 1 3 3-3 3-6 2c1 0 0-1 0-2zM8 9l5-6 2 2-5 6z"],
  ["eraser", "Eraser", "E", "M2 11l6-7 6 5-5 5H5zM9 14h6"],
  ["polygon", "Polygon", "P", "M3 6l6-4 5 5-3 7H5z"],
  ["fill", "Fill", "F", "M8 2l6 6-6 5-5-5 5-6zM14 10c2 3 0 4-1 3z"],
  ["scribble", "Scribble", "S", "M2 10c2-6 4-6 4-2s2 5 4 0 3-3 4 0"],
  ["move", "Move", "M", "M8 2v12M2 8h12M6 4l2-2 2 2M6 12l2 2 2-2M4 6L2 8l2 2M12 6l2 2-2 2"],
];
const TOOL_HELP = {
  brush: "Paint the chosen class.",
  eraser: "Paint background.",
  polygon: "Click corners; Enter, a double click or the first corner closes it.",
  fill: "Give all that touches, and has the same class, the chosen class.",
  scribble: "A line inside and one outside (class 0): GrabCut finds the outline.",
  move: "Drag the photo. Ctrl and the wheel zoom; so do two fingers.",
};

const KEYS = [
  "B E P F S M: the tool. 0 to 9, V: the class, void. [ ]: the brush's size",
  "arrows: lead the brush, with Shift far. Space: put it down, lift it",
  "Enter: close the polygon. Backspace: take a corner back. Escape: give up",
  "Ctrl+Z: undo. Ctrl+Shift+Z: redo. A: accept the proposal",
  ", . N: photo before, after, next without a mask",
  "O: outline or filled. + - Home: larger, smaller, fit",
];

export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== false) element.setAttribute(key, value === true ? "" : value);
  element.append(...children);
  return element;
}

export function button(text, title, act, more = {}) {
  return make("button", { type: "button", title, onclick: act, ...more }, text);
}

function icon(path) {
  const holder = make("span", { class: "icon", "aria-hidden": "true" });
  holder.innerHTML = `<svg viewBox="0 0 16 16"><path d="${path}"/></svg>`;
  return holder;
}

export function listKeys() {
  const rows = KEYS.map((words) => make("li", {}, words));
  return make("details", {}, make("summary", {}, "Keys"), make("ul", {}, ...rows));
}

// Switched off, a button would keep the keys from everything else: the stage takes them.
export function enable(button, isEnabled) {
  if (!isEnabled && button.matches(":focus"))
    button.closest(".unetlab-labeller").querySelector(".stage").focus({ preventScroll: true });
  button.disabled = !isEnabled;
}

export class Toolbar {
  constructor(root, acts) {
    this.acts = acts;
    const group = (name, ...parts) =>
      make("div", { class: "group", role: "group", "aria-label": name }, ...parts);
    const slider = (text, more, act) => {
      const input = make("input", { type: "range", "aria-label": text, ...more });
      input.addEventListener("input", () => act(Number(input.value)));
      return [make("label", {}, make("span", {}, text), input), input];
    };
    this.tools = new Map();
    for (const [name, text, key, path] of TOOLS) {
      const tool = button(text, `${TOOL_HELP[name]} Key: ${key}`, () => acts.tool(name));
      tool.prepend(icon(path));
      this.tools.set(name, tool);
    }
    const [size, sizeInput] = slider("Size", { min: 0, max: 120, value: 12 }, acts.radius);
    const [opacity] = slider("Mask", { min: 0, max: 100, value: 55 }, acts.opacity);
    this.sizeInput = sizeInput;
    this.outline = button("Outline", "The mask as a line. Key: O", acts.outline, { "aria-pressed": "false" });
    const recolour = () => acts.colour(this.colour.value);
    this.colour = make("input", { type: "color", "aria-label": "Colour of the class", oninput: recolour });
    this.undo = button("Undo", "Ctrl+Z", acts.undo);
    this.redo = button("Redo", "Ctrl+Shift+Z", acts.redo);
    this.classes = group("Class");
    this.propose = button("Propose", "Put the network's proposal in place of the mask", acts.propose);
    this.accept = button("Accept", "Save the proposal as it is. Key: A", acts.accept, { disabled: true });
    this.teach = button("Teach", "The network learns from all masks so far, while you go on", acts.teach);
    this.progress = make("progress", { max: 1, value: 0, "aria-label": "Lesson", hidden: true });
    this.doubt = button("by doubt", "The photo that the network is least sure of", () => acts.next(true));
    this.coco = button("Save COCO", "Save all masks as COCO, in a folder of their own", acts.coco);
    const zoom = group(
      "Zoom",
      button("−", "Key: -", () => acts.zoom(0.8), { "aria-label": "Smaller" }),
      button("Fit", "Key: Home", () => acts.zoom(null)),
      button("+", "Key: +", () => acts.zoom(1.25), { "aria-label": "Larger" }),
    );
    const next = group(
      "Next photo",
      make("span", { class: "label" }, "Next:"),
      button("at random", "A photo without a mask. Key: N", () => acts.next(false)),
      this.doubt,
    );
    const bar = (name, ...parts) =>
      make("div", { class: "bar", role: "toolbar", "aria-label": name }, ...parts);
    root.append(
      bar("Photos", next, group("Network", this.propose, this.accept, this.teach, this.progress),
        group("Export", this.coco), zoom),
      bar("Painting", group("Tool", ...this.tools.values()), this.classes,
        group("Brush and mask", size, opacity, this.outline),
        group("Steps", this.undo, this.redo)),
    );
  }

  setClasses(classes) {
    const chips = [...classes.map(([name, colour], id) => [id, name, colour]), [255, "void", ""]];
    this.chips = new Map(
      chips.map(([id, name, colour]) => {
        const key = id === 255 ? "V" : id < 10 ? String(id) : "";
        const swatch = make("span", { class: `swatch id${id}`, style: colour && `background:${colour}` });
        const more = { title: key && `Key: ${key}`, onclick: () => this.acts.classId(id) };
        return [id, make("button", { type: "button", ...more }, swatch, name)];
      }),
    );
    this.classes.replaceChildren(...this.chips.values(), this.colour);
  }

  choose(tool, classId, colour) {
    this.colour.disabled = !colour;
    this.colour.value = colour ?? "#ffffff";
    for (const [name, one] of this.tools) one.setAttribute("aria-pressed", name === tool);
    for (const [id, one] of this.chips ?? []) one.setAttribute("aria-pressed", id === classId);
  }

  setSteps([done, undone]) {
    enable(this.undo, done);
    enable(this.redo, undone);
  }

  setNetwork(hasModel) {
    for (const one of [this.propose, this.doubt]) enable(one, hasModel);
  }

  setProgress(share) {
    enable(this.teach, share === null);
    this.progress.hidden = share === null;
    this.progress.value = share ?? 0;
  }
}
