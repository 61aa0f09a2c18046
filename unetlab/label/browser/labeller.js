// The labeller's page, put together: what each part does when another says something.

import { putRegion } from "./raster.js";
import { Picture } from "./picture.js";
import { Gestures } from "./gestures.js";
import { Tools } from "./tools.js";
import { Keys } from "./keys.js";
import { Link } from "./link.js";
import { enable, listKeys, make, Toolbar } from "./toolbar.js";
import { Strip } from "./strip.js";

const WORDS = {
  saved: "saved",
  draft: "a proposal, not saved: change or accept it",
  saving: "saving …",
  silent: "NOT SAVED: Python does not answer. If it is gone, run the cell or load the page again.",
};

function build(el) {
  const words = "Photo to paint on: arrows move the brush, space puts it down";
  const bars = make("div");
  const stage = make("div", { class: "stage", tabindex: 0, role: "application", "aria-label": words });
  const saved = make("span", { class: "saved" });
  const message = make("span", { role: "status", "aria-live": "polite" });
  const foot = make("div", { class: "foot" }, saved, message);
  const named = { class: "unetlab-labeller", "aria-label": "Labeller" };
  const root = make("section", named, bars, stage, foot, listKeys());
  el.append(root);
  return { root, bars, stage, saved, message };
}

function render({ model, el }) {
  const { root, bars, stage, saved, message } = build(el);
  const picture = new Picture(stage);
  const place = `unetlab ${model.get("folder")}`; // Where the tab keeps which photo is open.
  let name = null;
  let later = null;
  let isDraft = false;
  const say = (text, isFault = false) => {
    message.textContent = text;
    message.classList.toggle("fault", isFault);
  };
  const isBusy = () => link.isWaitingFor("open", "next");
  // While another photo opens, Python would do it to that one, unseen.
  const askHere = (kind) => isBusy() || link.ask(kind);
  const tools = new Tools(picture, (stroke) => link.ask("stroke", { name, ...stroke }));
  const acts = {
    tool: (tool) => {
      tools.choose(tool);
      stage.dataset.tool = tool;
      choose();
    },
    classId: (id) => {
      if (!toolbar.chips.has(id)) return;
      tools.classId = id;
      if (tools.name === "eraser" && id) acts.tool("brush");
      choose();
      tools.redraw();
    },
    radius: (radius) => {
      tools.radius = radius;
      tools.redraw();
    },
    size: (sign) => {
      const radius = Math.max(0, tools.radius + sign * Math.max(1, Math.round(tools.radius / 3)));
      toolbar.sizeInput.value = radius;
      acts.radius(Number(toolbar.sizeInput.value));
    },
    opacity: (percent) => (picture.overlay.style.opacity = percent / 100),
    outline: () => {
      picture.isOutline = !picture.isOutline;
      toolbar.outline.setAttribute("aria-pressed", picture.isOutline);
      picture.refreshAll();
    },
    colour: (colour) => {
      picture.setColour(tools.paintsWith, colour);
      toolbar.chips.get(tools.paintsWith).firstChild.style.background = colour;
      picture.refreshAll();
      tools.redraw();
    },
    zoom: (factor) => (factor ? picture.zoomBy(factor) : picture.fit()),
    undo: () => askHere("undo"),
    redo: () => askHere("redo"),
    propose: () => askHere("propose"),
    accept: () => isDraft && askHere("accept"),
    teach: () => link.ask("teach"),
    coco: () => link.ask("coco"),
    // Of photos that are asked for while another opens, the last one follows.
    open: (wanted) => {
      later = isBusy() ? wanted : null;
      if (!later) leave("open", { name: wanted });
    },
    step: (count) => {
      const names = [...strip.photos.keys()];
      const wanted = names[names.indexOf(later ?? name) + count];
      if (wanted) acts.open(wanted);
    },
    thumbnail: (wanted) => model.send({ kind: "thumbnail", number: null, name: wanted }),
    next: (byDoubt) => leave("next", { by_doubt: Boolean(byDoubt) }),
  };
  const leave = (kind, content) => {
    // A stroke in the hand ends here, and does not go on in the next photo.
    tools.end();
    keys.isDown = false;
    gestures.stroking = null;
    tools.cancel();
    say("Opening …");
    link.ask(kind, content);
    stage.classList.add("busy");
  };
  const strip = new Strip(bars, acts);
  const toolbar = new Toolbar(bars, acts);
  const choose = () =>
    toolbar.choose(tools.name, tools.paintsWith, picture.colours.get(tools.paintsWith));

  const setState = (content) => {
    toolbar.setSteps(content.steps);
    isDraft = content.is_draft;
    strip.mark(content.name, content.is_labelled, isDraft);
    enable(toolbar.accept, isDraft);
    tools.hints = content.hints;
    tools.redraw();
  };
  const answers = {
    folder(content) {
      content.classes.forEach(([, colour], id) => id && picture.setColour(id, colour));
      strip.setFolder(content);
      toolbar.setClasses(content.classes);
      choose();
      toolbar.setNetwork(false);
      say(content.text, true);
    },
    photo(content, [bitmap, ids]) {
      const [width, height] = content.size;
      if (content.name !== name) tools.cancel();
      name = content.name;
      sessionStorage.setItem(place, name);
      picture.show(bitmap, { width, height, ids });
      tools.repaint(link.strokes);
      strip.show(name);
      // On a page just loaded nobody has the keys; in a notebook a cell has them.
      if (document.activeElement === document.body) stage.focus({ preventScroll: true });
      toolbar.setNetwork(content.has_model);
      setState(content);
      const [fullWidth, fullHeight] = content.full;
      const smaller = fullWidth > width ? `, painted at ${width} x ${height}` : "";
      if (content.number) say(`${name}, ${fullWidth} x ${fullHeight} pixels${smaller}`);
    },
    change(content, [pixels]) {
      if (content.name !== name) return;
      picture.refresh(putRegion(picture.mask, content.place, pixels));
      tools.repaint(link.strokes);
      setState(content);
    },
    thumbnail: ({ name, source }) => strip.take(name, source),
    said: (content) => say(content.text),
    refused: (content) => {
      say(content.text, true);
      if (name) strip.show(name);
    },
    progress: (content) => toolbar.setProgress(content.share),
    taught(content) {
      toolbar.setProgress(null);
      toolbar.setNetwork(content.has_model);
      say(content.text);
    },
  };
  const changed = () => {
    const state = link.state === "saved" && isDraft ? "draft" : link.state;
    saved.textContent = WORDS[state];
    saved.dataset.state = state;
    stage.classList.toggle("busy", isBusy());
    if (later && !isBusy()) acts.open(later);
  };
  const link = new Link(model, (content, parts) => answers[content.kind]?.(content, parts), changed);
  // What was given up is on this page only: Python's mask is asked for.
  tools.ongiveup = () => link.ask("open", { name });
  picture.onzoom = () => tools.redraw();
  const gestures = new Gestures(stage, picture, tools);
  const keys = new Keys(root, stage, picture, tools, { ...acts, next: () => acts.next(false) });
  acts.tool("brush");
  acts.opacity(55);
  say("Waiting for Python …");
  link.ask("hello", { name: sessionStorage.getItem(place) });
  // For whoever looks from outside, such as a test.
  root.labeller = { picture, tools, link, gestures };
  return () => {
    link.close();
    keys.close();
    strip.watch.disconnect();
    picture.resized.disconnect();
  };
}

export default { render };
