// What ipywidgets lacks: a file for the browser's downloads, and names that a screen reader says.

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
    return () => watch.disconnect();
  },
};
