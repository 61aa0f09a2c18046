// Mouse, pen and touch: what is a stroke, what moves the photo, what zooms it.

export class Gestures {
  // `tools` gets begin, move, end, cancel and hover, in the photo's pixels.
  constructor(stage, picture, tools) {
    Object.assign(this, { stage, picture, tools });
    this.touches = new Map();
    this.moving = null;
    this.stroking = null;
    const on = (name, act) => stage.addEventListener(name, act.bind(this));
    on("pointerdown", this.down);
    on("pointermove", this.move);
    on("pointerup", this.up);
    on("pointercancel", this.cancel);
    on("pointerleave", () => this.tools.hover(null));
    on("dblclick", () => this.tools.close());
    stage.addEventListener("wheel", this.wheel.bind(this), { passive: false });
  }

  down(event) {
    if (!this.picture.mask) return;
    this.stage.focus({ preventScroll: true });
    event.preventDefault();
    this.stage.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") {
      this.touches.set(event.pointerId, event);
      if (this.touches.size > 1) {
        // A second finger: not a stroke but a pinch.
        if (this.stroking !== null) this.tools.cancel();
        this.stroking = null;
        return;
      }
    }
    if (event.button === 1 || this.tools.name === "move") this.moving = event;
    else if (event.button === 0 && this.stroking === null) {
      this.stroking = event.pointerId;
      this.tools.begin(this.picture.toPixel(event));
    }
  }

  move(event) {
    if (!this.picture.mask) return;
    if (this.touches.size > 1 && this.touches.has(event.pointerId)) return this.pinch(event);
    if (this.moving?.pointerId === event.pointerId) {
      this.picture.moveBy(event.clientX - this.moving.clientX, event.clientY - this.moving.clientY);
      this.moving = event;
    } else if (this.stroking === event.pointerId) {
      const between = event.getCoalescedEvents?.() ?? [];
      for (const one of between.length ? between : [event])
        this.tools.move(this.picture.toPixel(one));
    } else this.tools.hover(this.picture.toPixel(event));
  }

  up(event) {
    this.touches.delete(event.pointerId);
    if (this.moving?.pointerId === event.pointerId) this.moving = null;
    if (this.stroking !== event.pointerId) return;
    this.stroking = null;
    this.tools.end();
  }

  cancel(event) {
    this.touches.delete(event.pointerId);
    this.moving = null;
    if (this.stroking === event.pointerId) this.tools.cancel();
    this.stroking = null;
  }

  pinch(event) {
    const before = this.touches.get(event.pointerId);
    const [other] = [...this.touches.values()].filter((one) => one.pointerId !== event.pointerId);
    const distance = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    const middle = {
      clientX: (event.clientX + other.clientX) / 2,
      clientY: (event.clientY + other.clientY) / 2,
    };
    this.picture.zoomBy(distance(event) / Math.max(distance(before), 1), middle);
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    this.picture.moveBy(dx / 2, dy / 2);
    this.touches.set(event.pointerId, event);
  }

  // With Ctrl, which is also what a pinch on a touch pad says; without, the notebook scrolls.
  wheel(event) {
    if (!this.picture.mask || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.picture.zoomBy(Math.exp(-event.deltaY / 300), event);
  }
}
