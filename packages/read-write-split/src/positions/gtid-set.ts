/** Transaction numbers from one to another, both included. */
type Interval = readonly [from: number, to: number];

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Of MySQL 8.3 and later; a tag is written behind the UUID, before the intervals that it applies to. */
const TAG = /^[a-z_][a-z0-9_]{0,31}$/;
/** One transaction, which is what a commit tells. */
const ONE = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:[1-9]\d{0,14}$/;
const INTERVAL = /^([1-9]\d{0,15})(?:-([1-9]\d{0,15}))?$/;

/**
 * A set of MySQL's global transaction ids, such as `3e11fa47-…:1-5:7,4b22…:1`: by source (a server's UUID, with its tag
 * if there is one) the numbers of the transactions. Immutable.
 */
export class GtidSet {
  /** Of one transaction its text: most commits are only handed on. */
  #content: ReadonlyMap<string, readonly Interval[]> | string;

  private constructor(content: ReadonlyMap<string, readonly Interval[]> | string) {
    this.#content = content;
  }

  /** Reads a set as the server writes it, line breaks included; undefined for anything else. */
  static parse(text: string): GtidSet | undefined {
    if (ONE.test(text)) return new GtidSet(text);
    const found = new Map<string, readonly Interval[]>();
    for (const part of text.toLowerCase().split(',')) {
      if (!readPart(part.trim(), found)) return undefined;
    }
    for (const [source, intervals] of found) if (intervals.length > 1) found.set(source, joined(intervals));
    return new GtidSet(found);
  }

  get isEmpty(): boolean {
    return typeof this.#content !== 'string' && this.#content.size === 0;
  }

  /** The UUIDs of the servers whose transactions are in it. */
  get servers(): ReadonlySet<string> {
    return new Set([...this.#intervals.keys()].map(serverOf));
  }

  includes(other: GtidSet): boolean {
    return [...other.#intervals].every(([source, wanted]) => {
      const own = this.#intervals.get(source) ?? [];
      return wanted.every(([from, to]) => own.some(([first, last]) => first <= from && to <= last));
    });
  }

  union(other: GtidSet): GtidSet {
    const all = new Map(this.#intervals);
    for (const [source, intervals] of other.#intervals)
      all.set(source, joined([...(all.get(source) ?? []), ...intervals]));
    return new GtidSet(all);
  }

  /** Only the transactions of one server. */
  of(server: string): GtidSet {
    return new GtidSet(new Map([...this.#intervals].filter(([source]) => serverOf(source) === server)));
  }

  /**
   * The same or more, in at most `max` intervals a source: the narrowest gaps are counted in. Others committed what is
   * in such a gap, or are about to.
   */
  withFewIntervals(max: number): GtidSet {
    return new GtidSet(new Map([...this.#intervals].map(([source, intervals]) => [source, narrowed(intervals, max)])));
  }

  toString(): string {
    if (typeof this.#content === 'string') return this.#content;
    return [...this.#intervals].map(([source, intervals]) => [source, ...intervals.map(textOf)].join(':')).join(',');
  }

  get #intervals(): ReadonlyMap<string, readonly Interval[]> {
    if (typeof this.#content === 'string') this.#content = intervalsOfOne(this.#content);
    return this.#content;
  }
}

function intervalsOfOne(text: string): ReadonlyMap<string, readonly Interval[]> {
  const [server = '', number] = text.split(':');
  return new Map([[server, [[Number(number), Number(number)]]]]);
}

function readPart(part: string, into: Map<string, readonly Interval[]>): boolean {
  if (part === '') return true;
  const [uuid = '', ...fields] = part.split(':');
  if (!UUID.test(uuid) || fields.length === 0) return false;
  let source = uuid;
  for (const text of fields) {
    const field = text.trim();
    const interval = intervalOf(field);
    const known = into.get(source);
    if (interval) into.set(source, known ? [...known, interval] : [interval]);
    else if (TAG.test(field)) source = `${uuid}:${field}`;
    else return false;
  }
  return true;
}

function intervalOf(text: string): Interval | undefined {
  const [, first, last = first] = INTERVAL.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  return Number.isSafeInteger(from) && Number.isSafeInteger(to) && from <= to ? [from, to] : undefined;
}

function joined(intervals: readonly Interval[]): readonly Interval[] {
  const apart: Interval[] = [];
  for (const [from, to] of intervals.toSorted(([a], [b]) => a - b)) {
    const last = apart.at(-1);
    if (last && from <= last[1] + 1) apart[apart.length - 1] = [last[0], Math.max(last[1], to)];
    else apart.push([from, to]);
  }
  return apart;
}

function narrowed(intervals: readonly Interval[], max: number): readonly Interval[] {
  if (intervals.length <= max) return intervals;
  const gaps = intervals.slice(1).map(([from], at) => ({ at: at + 1, width: from - (intervals[at]?.[1] ?? from) }));
  const kept = gaps
    .toSorted((a, b) => b.width - a.width)
    .slice(0, max - 1)
    .map(({ at }) => at);
  const starts = [0, ...kept.toSorted((a, b) => a - b)];
  return starts.flatMap((start, n): Interval[] => {
    const first = intervals[start];
    const last = intervals[(starts[n + 1] ?? intervals.length) - 1];
    return first && last ? [[first[0], last[1]]] : [];
  });
}

function serverOf(source: string): string {
  return source.slice(0, 36);
}

function textOf([from, to]: Interval): string {
  return from === to ? String(from) : `${from}-${to}`;
}
