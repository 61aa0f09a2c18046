// The keyboard: letters choose, arrows lead the brush, the space bar puts it down and lifts it.

const TOOL_KEYS = { b: "brush", e: "eraser", p: "polygon", f: "fill", s: "scribble", m: "move" };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function isSaving(event) {
  return (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
}

// `acts` says what the letters do; `tools` what the arrows lead.
export class Keys {
  constructor(root, stage, picture, tools, acts) {
    Object.assign(this, { stage, picture, tools, acts, isDown: false });
    root.addEventListener("keydown", (event) => this.press(event));
    // JupyterLab's own single letters would add and delete cells; to save a notebook is its affair.
    this.keep = (event) => root.toggleAttribute("data-lm-suppress-shortcuts", !isSaving(event));
    root.setAttribute("data-lm-suppress-shortcuts", "");
    window.addEventListener("keydown", this.keep, true);
    stage.addEventListener("blur", () => this.lift());
    stage.addEventListener("pointerdown", () => {
      this.lift();
      tools.byKeys = false;
    });
  }

  close() {
    window.removeEventListener("keydown", this.keep, true);
  }

  press(event) {
    if (isSaving(event)) return;
    // A slider has its own keys; what is pressed here is no business of the notebook.
    event.stopPropagation();
    if (event.altKey || event.target.matches("[type=range], [type=color]")) return;
    if (!this.picture.mask) return;
    const handled = event.ctrlKey || event.metaKey ? this.command(event) : this.plain(event);
    if (handled) event.preventDefault();
  }

  command(event) {
    const key = event.key.toLowerCase();
    if (key === "z") this.acts[event.shiftKey ? "redo" : "undo"]();
    else if (key === "y") this.acts.redo();
    else return false;
    return true;
  }

  plain(event) {
    const { key } = event;
    const onStage = event.target === this.stage;
    if (key in TOOL_KEYS) this.acts.tool(TOOL_KEYS[key]);
    else if (/^[0-9]$/.test(key)) this.acts.classId(Number(key));
    else if (key === "v") this.acts.classId(255);
    else if (key === "[" || key === "]") this.acts.size(key === "]" ? 1 : -1);
    else if (key === "+" || key === "=") this.picture.zoomBy(1.25);
    else if (key === "-") this.picture.zoomBy(0.8);
    else if (key === "Home") this.picture.fit();
    else if (key === "n") this.acts.next();
    else if (key === "," || key === ".") this.acts.step(key === "." ? 1 : -1);
    else if (key === "o") this.acts.outline();
    else if (key === "a") this.acts.accept();
    else if (key === "Escape") this.escape();
    else if (key === "Backspace" && onStage) this.tools.removeCorner();
    else if (key === "Enter" && onStage) this.tools.close();
    else if (key === " " && onStage) this.space();
    else if (key in ARROWS && onStage) this.step(ARROWS[key], event.shiftKey);
    else return false;
    return true;
  }

  escape() {
    this.isDown = false;
    this.tools.cancel();
  }

  step([dx, dy], far) {
    const pixels = (far ? 10 : 1) * Math.max(1, Math.round(4 / this.picture.zoom.scale));
    if (this.tools.name === "move") return this.picture.moveBy(-20 * dx, -20 * dy);
    const { width, height } = this.picture.mask;
    const [x, y] = this.tools.place ?? [width / 2, height / 2];
    const inside = (value, size) => Math.min(Math.max(value, 0.5), size - 0.5);
    const place = [inside(x + dx * pixels, width), inside(y + dy * pixels, height)];
    this.tools.byKeys = true;
    if (this.isDown) this.tools.move(place);
    else this.tools.hover(place);
  }

  space() {
    const { width, height } = this.picture.mask;
    const place = this.tools.place ?? [width / 2, height / 2];
    this.tools.byKeys = true;
    if (this.isDown) return this.lift();
    this.tools.begin(place);
    this.isDown = !["polygon", "fill", "move"].includes(this.tools.name);
  }

  lift() {
    if (this.isDown) this.tools.end();
    this.isDown = false;
  }
}
