// Between page and Python: what was asked, what is answered, and what is not on the disk yet.

const PATIENCE = 6000; // Milliseconds after which the person is told that Python is silent.

export class Link {
  // `answered` gets each message from Python; `changed` is called when the state may be another.
  constructor(model, answered, changed) {
    Object.assign(this, { model, answered, changed });
    this.pending = new Map();
    this.count = 0;
    this.own = Math.random().toString(36).slice(2);
    // One after another, as to unpack one may take longer than the next.
    this.queue = Promise.resolve();
    this.listen = (content, buffers) => {
      this.queue = this.queue.then(() => this.take(content, buffers)).catch(console.error);
    };
    model.on("msg:custom", this.listen);
    this.clock = setInterval(() => this.pending.size && this.changed(), 1000);
    this.warn = (event) => this.pending.size && event.preventDefault();
    window.addEventListener("beforeunload", this.warn);
  }

  ask(kind, content = {}) {
    const number = `${this.own}-${++this.count}`;
    this.pending.set(number, { kind, since: Date.now(), ...content });
    this.model.send({ kind, number, ...content });
    this.changed();
  }

  async take(content, buffers) {
    const parts = await Promise.all((buffers ?? []).map((buffer, i) => this.unpack(content, buffer, i)));
    this.pending.delete(content.number);
    await this.answered(content, parts);
    this.changed();
  }

  // A photo's first part is a JPEG; all others are class ids, deflated.
  async unpack(content, buffer, number) {
    const blob = new Blob([buffer], { type: "image/jpeg" });
    if (content.kind === "photo" && number === 0) return createImageBitmap(blob);
    const stream = blob.stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  get strokes() {
    return [...this.pending.values()].filter((asked) => asked.kind === "stroke");
  }

  isWaitingFor(...kinds) {
    return [...this.pending.values()].some((asked) => kinds.includes(asked.kind));
  }

  // "saved", "saving", or "silent" where the oldest question has waited for long.
  get state() {
    if (!this.pending.size) return "saved";
    const oldest = Math.min(...[...this.pending.values()].map((asked) => asked.since));
    return Date.now() - oldest > PATIENCE ? "silent" : "saving";
  }

  close() {
    this.model.off("msg:custom", this.listen);
    clearInterval(this.clock);
    window.removeEventListener("beforeunload", this.warn);
  }
}
