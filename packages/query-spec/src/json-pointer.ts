const LONGEST_NAME = 64;

/** Appends a segment to a JSON pointer (RFC 6901). A long segment, which only hostile input has, is cut. */
export function pointerTo(parent: string, segment: string | number): string {
  const name = cut(String(segment));
  const isPlain = !name.includes('/') && !name.includes('~');
  return `${parent}/${isPlain ? name : name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** A place in the input. It is spelled as a JSON pointer only where an error says it: most input has none. */
export class Pointer {
  readonly #parent: Pointer | undefined;
  readonly #segment: string | number;

  /** Without arguments, the whole. */
  constructor(parent?: Pointer, segment: string | number = '') {
    this.#parent = parent;
    this.#segment = segment;
  }

  to(segment: string | number): Pointer {
    return new Pointer(this, segment);
  }

  toString(): string {
    return this.#parent ? pointerTo(this.#parent.toString(), this.#segment) : '';
  }
}

/** A name of the input, quoted and cut, for a message. */
export function quoted(name: string): string {
  return JSON.stringify(cut(name));
}

function cut(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
}
