import { bsonClassOf, hexOf, isDocument } from './bson-values.ts';

/** What a value became. */
export interface Packed {
  readonly content: unknown;
}

/**
 * Turns what the driver reads into what the cache can encode, and back: an ObjectId becomes a text with a mark, an instance
 * of another BSON class a Map of its class's name and its fields, which no document can contain. Classes are known by the
 * instances that were seen, so that what comes back is of the host's own copy of the driver, on which this package does
 * not depend.
 */
export class DocumentCodec {
  readonly #prototypes = new Map<string, object>();
  readonly #names = new Map<unknown, string>();

  /** @param samples instances of classes to know from the start */
  constructor(samples: readonly object[]) {
    for (const sample of samples) this.pack(sample);
  }

  /** A copy that shares nothing with `value`. Undefined for what {@link unpack} could not make again. */
  pack(value: unknown): Packed | undefined {
    try {
      return { content: this.#pack(value) };
    } catch (error) {
      if (error instanceof Foreign) return undefined;
      throw error;
    }
  }

  /**
   * The value again, in objects of its own. Undefined while a class in it has not been seen in this process, and for what
   * no {@link pack} made.
   */
  unpack(content: unknown): { readonly value: unknown } | undefined {
    try {
      return { value: this.#unpack(content) };
    } catch {
      return undefined;
    }
  }

  #pack(value: unknown): unknown {
    if (typeof value === 'string') return value.startsWith(MARK) ? MARK + value : value;
    if (typeof value === 'function' || typeof value === 'symbol') throw new Foreign();
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(item => this.#pack(item));
    if (isDocument(value)) return mapped(value, item => this.#pack(item));
    if (value instanceof Date) return new Date(value);
    return this.#packInstance(value);
  }

  #packInstance(value: object): unknown {
    if (value instanceof Uint8Array) return Buffer.isBuffer(value) ? Buffer.from(value) : Uint8Array.from(value);
    if (value instanceof RegExp) return new Map([[REGEXP, [value.source, value.flags]]]);
    const name = this.#names.get(Object.getPrototypeOf(value)) ?? this.#learn(value);
    if (name === OBJECT_ID) return MARK + hexOf(value);
    return new Map([[name, mapped({ ...value }, item => this.#pack(item))]]);
  }

  #learn(value: object): string {
    const name = bsonClassOf(value);
    if (name === undefined || Object.getOwnPropertySymbols(value).length > 0) throw new Foreign();
    const prototype: unknown = Object.getPrototypeOf(value);
    // Of two copies of the driver, the second one's would come back as the first one's.
    if (typeof prototype !== 'object' || prototype === null || this.#prototypes.has(name)) throw new Foreign();
    this.#prototypes.set(name, prototype);
    this.#names.set(prototype, name);
    return name;
  }

  #unpack(content: unknown): unknown {
    if (typeof content === 'string') return content.startsWith(MARK) ? this.#marked(content.slice(1)) : content;
    if (typeof content !== 'object' || content === null) return content;
    if (Array.isArray(content)) return content.map(item => this.#unpack(item));
    if (isDocument(content)) return mapped(content, item => this.#unpack(item));
    return content instanceof Map ? this.#instance(content) : content;
  }

  #marked(text: string): unknown {
    if (text.startsWith(MARK)) return text;
    const { constructor } = this.#prototypes.get(OBJECT_ID) ?? {};
    if (typeof constructor !== 'function') throw new Foreign();
    return Reflect.construct(constructor, [text]);
  }

  #instance(content: ReadonlyMap<unknown, unknown>): unknown {
    const [[name, fields] = []] = content;
    if (name === REGEXP && Array.isArray(fields)) return new RegExp(String(fields[0]), String(fields[1]));
    const prototype = this.#prototypes.get(String(name));
    if (!prototype || !isDocument(fields)) throw new Foreign();
    return Object.assign(Object.create(prototype), this.#unpack(fields));
  }
}

/** Thrown inside {@link DocumentCodec} only. */
class Foreign extends Error {}

/** Before the hex digits of an ObjectId, and before a text that begins with it. */
const MARK = '\u0000';
const OBJECT_ID = 'ObjectId ObjectId';
/** No BSON class is called that. */
const REGEXP = '';

function mapped(
  document: Readonly<Record<string, unknown>>,
  convert: (value: unknown) => unknown,
): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const field of Object.keys(document)) {
    const value = convert(document[field]);
    // Assigned, that one would become the prototype.
    if (field === '__proto__') Object.defineProperty(made, field, { value, ...ORDINARY });
    else made[field] = value;
  }
  return made;
}

const ORDINARY = { configurable: true, enumerable: true, writable: true };
