const MAX_WIDTH = 32;

/** Draws how far a long piece of work is: in place and on one line of a terminal, and not at all elsewhere. */
export class ProgressBar {
  readonly #label: string;
  readonly #total: number;
  readonly #out: NodeJS.WriteStream;
  readonly #started = performance.now();

  constructor(label: string, total: number, out: NodeJS.WriteStream = process.stderr) {
    this.#label = label;
    this.#total = total;
    this.#out = out;
  }

  update(done: number): void {
    if (!this.#out.isTTY) return;
    const rate = done / ((performance.now() - this.#started) / 1_000);
    const left = rate > 0 ? `${Math.ceil((this.#total - done) / rate)} s left` : '';
    const figures = `${done.toLocaleString('en')} of ${this.#total.toLocaleString('en')}  ${left}`;
    const width = Math.min(MAX_WIDTH, this.#out.columns - this.#label.length - figures.length - 5);
    const filled = Math.round((done / this.#total) * width);
    const bar = width > 0 ? `${'█'.repeat(filled)}${'░'.repeat(width - filled)}  ` : '';
    this.#out.write(`\r${`${this.#label}  ${bar}${figures}`.slice(0, this.#out.columns - 1)}\x1b[K`);
  }

  finish(): void {
    const seconds = ((performance.now() - this.#started) / 1_000).toFixed(1);
    const erase = this.#out.isTTY ? '\r\x1b[K' : '';
    this.#out.write(`${erase}${this.#label}: ${this.#total.toLocaleString('en')} in ${seconds} s\n`);
  }
}
