// What ipywidgets lacks: files in and out, a button to hold, and names that a screen reader says.

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
    while (!el.isConnected) await new Promise(requestAnimationFrame);
    const studio = el.closest(".unetlab-studio");
    const nameAll = () => {
      for (const one of studio.querySelectorAll("[role=slider], input[type=color]")) {
        const words = one.closest(".jupyter-widgets").querySelector("label").textContent;
        one.setAttribute("aria-label", words);
      }
      for (const picture of studio.querySelectorAll("img")) picture.alt = model.get("alt");
    };
    model.on("change:alt", nameAll);
    // The controls are put into the page one by one.
    const watch = new MutationObserver(nameAll);
    watch.observe(studio, { childList: true, subtree: true });
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
