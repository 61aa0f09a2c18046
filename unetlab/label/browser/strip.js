// The folder's photos in a row: small pictures, each with its state; the chosen one opens.

import { button, make } from "./toolbar.js";

export class Strip {
  // `acts` opens photos, and asks for the picture of one that is in sight.
  constructor(root, acts) {
    Object.assign(this, { acts, photos: new Map(), missing: new Set(), asked: null });
    this.list = make("div", { class: "strip", role: "radiogroup", "aria-label": "Photo" });
    this.name = make("strong");
    this.count = make("span", { class: "count" });
    const caption = make("div", { class: "caption" }, this.name, this.count);
    const step = (sign, name, key, count) =>
      button(sign, `${name}. Key: ${key}`, () => acts.step(count), { "aria-label": name });
    const [before, after] = [step("‹", "Photo before", ",", -1), step("›", "Photo after", ".", 1)];
    root.append(make("div", { class: "bar" }, before, this.list, after, caption));
    const look = (entries) => {
      for (const { target, isIntersecting } of entries)
        this.missing[isIntersecting ? "add" : "delete"](target);
      this.askNext();
    };
    this.watch = new IntersectionObserver(look, { root: this.list });
  }

  setFolder({ names, labelled, drafts }) {
    const group = `photo${Math.random()}`; // Another labeller on the page has its own.
    this.labelled = new Set(labelled);
    this.photos.clear();
    for (const name of names) {
      const onchange = () => this.acts.open(name);
      const choice = make("input", { type: "radio", name: group, value: name, onchange });
      const photo = make("label", {}, choice, make("img", { alt: "" }));
      this.photos.set(name, photo);
      this.mark(name, this.labelled.has(name), drafts.includes(name));
      this.watch.observe(photo);
    }
    this.list.replaceChildren(...this.photos.values());
  }

  mark(name, isLabelled, isDraft) {
    this.labelled[isLabelled ? "add" : "delete"](name);
    const photo = this.photos.get(name);
    photo.dataset.state = isLabelled ? "labelled" : isDraft ? "a proposal" : "no mask";
    photo.title = photo.control.ariaLabel = `${name}: ${photo.dataset.state}`;
    this.count.textContent = `${this.labelled.size} of ${this.photos.size} labelled`;
  }

  show(name) {
    const photo = this.photos.get(name);
    photo.control.checked = true;
    this.name.textContent = name;
    this.list.scrollLeft = photo.offsetLeft - (this.list.clientWidth - photo.offsetWidth) / 2;
  }

  // One picture at a time, so that no stroke waits for many.
  askNext() {
    const [photo] = this.missing;
    if (this.asked || !photo) return;
    this.asked = photo;
    this.acts.thumbnail(photo.control.value);
  }

  take(name, source) {
    const photo = this.photos.get(name);
    photo.lastChild.src = source;
    this.watch.unobserve(photo);
    this.missing.delete(photo);
    this.asked = null;
    this.askNext();
  }
}
