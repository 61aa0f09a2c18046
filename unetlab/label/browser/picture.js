// The photo with the mask over it, at any zoom; and what is drawn above both but not yet painted.

const SVG = "http://www.w3.org/2000/svg";
const VOID = 255;
const MOST_ZOOM = 40;

export class Picture {
  constructor(stage) {
    this.stage = stage;
    this.layers = document.createElement("div");
    this.layers.className = "layers";
    this.photo = document.createElement("canvas");
    this.overlay = document.createElement("canvas");
    this.overlay.className = "mask";
    this.sketch = document.createElementNS(SVG, "svg");
    this.sketch.setAttribute("aria-hidden", "true");
    this.layers.append(this.photo, this.overlay, this.sketch);
    stage.append(this.layers);
    this.mask = null;
    this.colours = new Map();
    this.bytes = new Uint32Array(256);
    this.isOutline = false;
    this.zoom = { scale: 1, x: 0, y: 0, fitted: true };
    this.resized = new ResizeObserver(() => this.zoom.fitted && this.fit());
    this.resized.observe(stage);
  }

  setColour(id, colour) {
    this.colours.set(id, colour);
    const [red, green, blue] = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
    this.bytes[id] = ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  }

  show(bitmap, mask) {
    const { width, height } = mask;
    for (const canvas of [this.photo, this.overlay]) Object.assign(canvas, { width, height });
    this.sketch.setAttribute("viewBox", `0 0 ${width} ${height}`);
    for (const layer of [this.layers, this.photo, this.overlay, this.sketch]) {
      layer.style.width = `${width}px`;
      layer.style.height = `${height}px`;
    }
    this.photo.getContext("2d").drawImage(bitmap, 0, 0, width, height);
    this.mask = mask;
    this.refreshAll();
    this.fit();
  }

  refreshAll() {
    const { width, height } = this.mask;
    this.refresh({ left: 0, top: 0, right: width, bottom: height });
  }

  // Draws a part of the mask anew; void is a pattern, which no class's colour is.
  refresh({ left, top, right, bottom }) {
    if (right <= left || bottom <= top) return;
    const { ids, width, height } = this.mask;
    // An outline is as wide as this, and so far beyond a change it changes as well.
    const reach = this.isOutline ? Math.ceil(Math.max(width, height) / 400) : 0;
    [left, top] = [Math.max(left - reach, 0), Math.max(top - reach, 0)];
    [right, bottom] = [Math.min(right + reach, width), Math.min(bottom + reach, height)];
    const image = new ImageData(right - left, bottom - top);
    const pixels = new Uint32Array(image.data.buffer);
    let at = 0;
    for (let y = top; y < bottom; y++) {
      const row = y * width;
      const above = Math.max(y - reach, 0) * width;
      const below = Math.min(y + reach, height - 1) * width;
      for (let x = left; x < right; x++) {
        const id = ids[row + x];
        const dark = ((x >> 2) + (y >> 2)) & 1;
        const isInner =
          reach && ids[above + x] === id && ids[below + x] === id &&
          ids[row + Math.max(x - reach, 0)] === id && ids[row + Math.min(x + reach, width - 1)] === id;
        if (!isInner) pixels[at] = id === VOID ? (dark ? 0xff303030 : 0xffe0e0e0) : this.bytes[id];
        at++;
      }
    }
    this.overlay.getContext("2d").putImageData(image, left, top);
  }

  // Lines above the mask, in the photo's pixels: [{points, colour, width, dots}, ...].
  draw(lines) {
    this.sketch.replaceChildren(...lines.flatMap((line) => this.shapes(line)));
  }

  // Thin lines are as thin on the screen at any zoom; a scribble grows with the photo.
  shapes({ points, colour, width, dots, ring }) {
    const make = (name, attributes) => {
      const shape = document.createElementNS(SVG, name);
      for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, value);
      return shape;
    };
    const screen = (pixels) => pixels / this.zoom.scale;
    const twice = (name, place) => [
      make(name, { ...place, fill: "none", stroke: "#000", "stroke-width": screen(3.5) }),
      make(name, { ...place, fill: "none", stroke: colour, "stroke-width": screen(1.5) }),
    ];
    const [[cx, cy]] = points;
    if (ring !== undefined) return twice("circle", { cx, cy, r: Math.max(ring, screen(2)) });
    const path = (points.length > 1 ? points : [...points, points[0]]).join(" ");
    if (!dots) {
      // With an edge, so that white is seen on white.
      const round = { "stroke-linecap": "round", "stroke-linejoin": "round", opacity: 0.8 };
      const line = (stroke, width) =>
        make("polyline", { points: path, fill: "none", stroke, "stroke-width": width, ...round });
      return [line("#000", width + screen(2)), line(colour, width)];
    }
    const dot = ([x, y]) =>
      make("circle", { cx: x, cy: y, r: screen(4), fill: colour, stroke: "#000",
        "stroke-width": screen(1) });
    return [...twice("polyline", { points: path }), ...points.map(dot)];
  }

  toPixel(event) {
    const box = this.stage.getBoundingClientRect();
    const { scale, x, y } = this.zoom;
    return [(event.clientX - box.left - x) / scale, (event.clientY - box.top - y) / scale];
  }

  fit() {
    const { clientWidth, clientHeight } = this.stage;
    if (!this.mask || !clientWidth || !clientHeight) return;
    const { width, height } = this.mask;
    const scale = Math.min(clientWidth / width, clientHeight / height);
    const [x, y] = [(clientWidth - width * scale) / 2, (clientHeight - height * scale) / 2];
    this.place({ scale, x, y, fitted: true });
  }

  // Zooms around a place of the stage; without one, around its middle.
  zoomBy(factor, event) {
    const box = this.stage.getBoundingClientRect();
    const at = event
      ? [event.clientX - box.left, event.clientY - box.top]
      : [box.width / 2, box.height / 2];
    const smallest = Math.min(1, box.width / this.mask.width, box.height / this.mask.height) / 2;
    const { scale, x, y } = this.zoom;
    const next = Math.min(Math.max(scale * factor, smallest), MOST_ZOOM);
    const moved = [x, y].map((old, i) => at[i] - ((at[i] - old) * next) / scale);
    this.place({ scale: next, x: moved[0], y: moved[1], fitted: false });
  }

  moveBy(dx, dy) {
    const { scale, x, y } = this.zoom;
    this.place({ scale, x: x + dx, y: y + dy, fitted: false });
  }

  place(zoom) {
    this.zoom = zoom;
    this.layers.style.transform = `translate(${zoom.x}px, ${zoom.y}px) scale(${zoom.scale})`;
    this.layers.classList.toggle("magnified", zoom.scale > 2);
    this.onzoom?.();
  }
}
