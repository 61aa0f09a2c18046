// What ipywidgets lacks: a picture to draw on, files in and out, a button to hold, and names that a
// screen reader says.

const SVG = "http://www.w3.org/2000/svg";
const COLOURS = [null, "#E69F00", "#0072B2"]; // No strokes; this too; not this.
// On a phone the picture leaves room for the sliders, so that both are in sight.
const LARGE = "display: block; width: 100%; max-height: max(50vh, min(80vh, 50vw)); object-fit: contain";
// It lies on the picture to the pixel, as a `viewBox` is fitted in just as the picture is.
const ABOVE = "position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; "
  + "touch-action: pinch-zoom; cursor: crosshair; fill: none; opacity: 0.8; "
  + "stroke-linecap: round; stroke-linejoin: round";

function showPicture(model, el) {
  const frame = el.appendChild(document.createElement("div"));
  const picture = frame.appendChild(document.createElement("img"));
  const sketch = frame.appendChild(document.createElementNS(SVG, "svg"));
  const pane = sketch.appendChild(document.createElementNS(SVG, "rect"));
  const line = sketch.appendChild(document.createElementNS(SVG, "polyline"));
  picture.className = "unetlab-preview";
  frame.style.position = "relative";
  picture.style.cssText = LARGE;
  sketch.style.cssText = ABOVE;
  sketch.setAttribute("aria-hidden", "true");
  let stroke = null; // In the hand: its points, in the picture's pixels.
  const trace = (points) => line.setAttribute("points", points.join(" "));
  const show = () => {
    URL.revokeObjectURL(picture.src);
    picture.src = URL.createObjectURL(new Blob([model.get("value")], { type: "image/jpeg" }));
  };
  picture.onload = () => {
    const { naturalWidth: width, naturalHeight: height } = picture;
    sketch.setAttribute("viewBox", `0 0 ${width} ${height}`);
    Object.assign(pane.style, { width: `${width}px`, height: `${height}px` });
    line.style.strokeWidth = Math.hypot(width, height) / 100;
    if (!stroke) trace([]); // The new picture shows what it has done.
  };
  const name = () => (picture.alt = model.get("alt"));
  const choose = () => {
    const colour = COLOURS[model.get("hand")];
    line.style.stroke = colour;
    pane.style.pointerEvents = colour ? "all" : "none";
  };
  const lead = ({ clientX, clientY }) => {
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(line.getScreenCTM().inverse());
    trace(stroke = [...stroke, [x, y]]);
  };
  pane.onpointerdown = (event) => {
    if (!event.isPrimary || event.button) return;
    pane.setPointerCapture(event.pointerId);
    stroke = [];
    lead(event);
  };
  pane.onpointermove = (event) => stroke && event.isPrimary && lead(event);
  pane.onpointerup = (event) => {
    if (!stroke || !event.isPrimary) return;
    const points = stroke.map(([x, y]) => [x / picture.naturalWidth, y / picture.naturalHeight]);
    model.send({ points, hand: model.get("hand"), alt: picture.alt });
    stroke = null;
  };
  // A second finger: not a stroke but a pinch.
  pane.onpointercancel = () => {
    stroke = null;
    trace([]);
  };
  for (const [trait, act] of Object.entries({ value: show, alt: name, hand: choose })) {
    model.on(`change:${trait}`, act);
    act();
  }
}

export default {
  initialize({ model }) {
    model.on("msg:custom", ({ name }, [content]) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([content], { type: "image/png" }));
      link.download = name;
      document.body.append(link); // VS Code sees only what is clicked on the page.
      link.click();
      link.remove();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    });
  },
  async render({ model, el }) {
    showPicture(model, el);
    while (!el.isConnected) await new Promise(requestAnimationFrame);
    const studio = el.closest(".unetlab-studio");
    const nameAll = () => {
      for (const one of studio.querySelectorAll("[role=slider], input[type=color]")) {
        const words = one.closest(".jupyter-widgets").querySelector("label").textContent;
        one.setAttribute("aria-label", words);
      }
      for (const one of studio.querySelectorAll(".widget-toggle-button"))
        one.setAttribute("aria-pressed", one.classList.contains("mod-active"));
    };
    // The controls are put into the page one by one.
    const watch = new MutationObserver(nameAll);
    watch.observe(studio, { childList: true, subtree: true, attributeFilter: ["class"] });
    nameAll();

    const isOn = (event, part) => Boolean(event.target.closest(`.unetlab-${part}`));
    for (const type of ["pointerdown", "pointerup", "pointercancel", "keydown", "keyup"])
      studio.addEventListener(type, (event) => {
        const isHeld = type.endsWith("down") && event.key !== "Tab" && isOn(event, "original");
        if (isHeld && "pointerId" in event) event.target.setPointerCapture(event.pointerId);
        model.set("original", isHeld);
        model.save_changes();
      });

    const settings = { type: "file", accept: "image/*", multiple: true };
    const chooser = Object.assign(document.createElement("input"), settings);
    const send = async (files) => {
      for (const file of files)
        model.send({ name: file.name }, undefined, [await file.arrayBuffer()]);
    };
    chooser.onchange = () => send(chooser.files);
    studio.addEventListener("click", (event) => {
      chooser.value = ""; // So that the same file may be sent again.
      if (isOn(event, "upload")) chooser.click();
    });
    studio.addEventListener("dragover", (event) => event.preventDefault());
    studio.addEventListener("drop", (event) => {
      event.preventDefault();
      send(event.dataTransfer.files);
    });
    // Pasted here, or into nothing else: what is pasted into a cell is the notebook's affair.
    const paste = ({ target, clipboardData }) => {
      if (studio.contains(target) || target.contains(studio)) send(clipboardData.files);
    };
    document.addEventListener("paste", paste);
    return () => {
      watch.disconnect();
      document.removeEventListener("paste", paste);
    };
  },
};
