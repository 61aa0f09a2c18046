// Brush, eraser, scribble, polygon and fill: from places to strokes, with what is seen meanwhile.

import { paintBrush } from "./raster.js";

const OUTSIDE = "#FFFFFF";
const CLOSE = 10; // Pixels of the screen within which the first corner is hit.

export class Tools {
  // `send` takes a finished stroke.
  constructor(picture, send) {
    Object.assign(this, { picture, send });
    this.name = "brush";
    this.classId = 1;
    this.radius = 12;
    this.points = [];
    this.hints = [];
    this.place = null;
  }

  choose(name) {
    this.cancel();
    this.name = name;
    this.redraw();
  }

  get paintsWith() {
    return this.name === "eraser" ? 0 : this.classId;
  }

  get isBrush() {
    return this.name === "brush" || this.name === "eraser";
  }

  begin(place) {
    this.place = place;
    if (this.name === "polygon") this.addCorner(place);
    else if (this.name === "fill") this.finish("fill", [place.map(Math.floor)]);
    else {
      this.points = [];
      this.move(place);
    }
  }

  move(place) {
    this.place = place;
    if (this.isBrush || this.name === "scribble") this.lead(place.map(Math.floor));
    this.redraw();
  }

  lead(point) {
    const last = this.points.at(-1);
    if (last && last[0] === point[0] && last[1] === point[1]) return;
    this.points.push(point);
    if (this.isBrush) this.paint(this.points.slice(-2));
  }

  paint(points) {
    const touched = paintBrush(this.picture.mask, points, this.radius, this.paintsWith);
    this.picture.refresh(touched);
  }

  end() {
    if (this.name === "polygon" || !this.points.length) return;
    this.finish(this.isBrush ? "brush" : this.name, this.points);
  }

  finish(tool, points) {
    this.points = [];
    const radius = tool === "brush" || tool === "scribble" ? this.radius : 0;
    const classId = this.paintsWith;
    if (tool === "scribble") this.hints = [...this.hints, [classId, radius, points]];
    this.redraw();
    this.send({ tool, points, radius, class_id: classId });
  }

  // What was begun is given up; what the brush has painted, Python's mask has not.
  cancel() {
    const begun = this.points;
    this.points = [];
    if (begun.length && this.isBrush) this.ongiveup?.();
    this.redraw();
  }

  addCorner(place) {
    const near = CLOSE / this.picture.zoom.scale;
    const [first] = this.points;
    if (this.points.length > 2 && Math.hypot(place[0] - first[0], place[1] - first[1]) < near)
      return this.close();
    this.points.push(place.map((one) => Math.round(one * 100) / 100));
    this.redraw();
  }

  removeCorner() {
    if (this.name === "polygon") this.points.pop();
    this.redraw();
  }

  close() {
    if (this.name !== "polygon") return;
    // A double click has put its corner twice.
    const corners = this.points.filter(
      (point, i, all) => !i || Math.hypot(point[0] - all[i - 1][0], point[1] - all[i - 1][1]) > 0.5,
    );
    if (corners.length > 2) this.finish("polygon", corners);
  }

  hover(place) {
    this.place = place;
    this.redraw();
  }

  // Paints again what Python has not answered yet, or what is in the hand.
  repaint(pending) {
    for (const { tool, points, radius, class_id } of pending)
      if (tool === "brush")
        this.picture.refresh(paintBrush(this.picture.mask, points, radius, class_id));
    if (this.isBrush && this.points.length) this.paint(this.points);
  }

  redraw() {
    const colour = (id) => this.picture.colours.get(id) ?? OUTSIDE;
    const lines = [];
    if (this.name === "scribble") {
      const begun = this.points.length ? [[this.classId, this.radius, this.points]] : [];
      for (const [id, radius, points] of [...this.hints, ...begun]) {
        const middles = points.map(([x, y]) => [Math.floor(x) + 0.5, Math.floor(y) + 0.5]);
        lines.push({ points: middles, colour: colour(id), width: 2 * radius + 1 });
      }
    }
    if (this.name === "polygon" && this.points.length) {
      const points = this.place ? [...this.points, this.place] : this.points;
      lines.push({ points, colour: colour(this.classId), dots: true });
    }
    if (this.place && (this.isBrush || this.name === "scribble")) {
      const middle = this.place.map((one) => Math.floor(one) + 0.5);
      lines.push({ points: [middle], colour: colour(this.paintsWith), ring: this.radius + 0.5 });
    } else if (this.place && this.byKeys)
      lines.push({ points: [this.place], colour: OUTSIDE, ring: 6 / this.picture.zoom.scale });
    this.picture.draw(lines);
  }
}
