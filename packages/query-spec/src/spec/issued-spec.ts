import type { Condition, QuerySpec, SortKey } from './ast.ts';

/** What a spec says, where it says anything. */
export type SpecParts = { -readonly [K in keyof Omit<QuerySpec, 'entity' | '~entity'>]?: QuerySpec[K] | undefined };

const NONE: readonly never[] = Object.freeze([]);

/** A spec that knows who made it. The private name cannot be copied, nor written by anybody else. */
export class IssuedSpec<T extends object> implements QuerySpec<T> {
  readonly #issuer: object;
  readonly entity: string;
  declare readonly filters?: Condition;
  readonly orderBy: readonly SortKey[];
  readonly populate: readonly string[];
  declare readonly fields?: readonly string[];
  readonly limit: number;
  readonly offset: number;

  constructor(issuer: object, entity: string, parts: SpecParts, defaultLimit: number) {
    this.#issuer = issuer;
    this.entity = entity;
    this.orderBy = parts.orderBy ?? NONE;
    this.populate = parts.populate ?? NONE;
    this.limit = parts.limit ?? defaultLimit;
    this.offset = parts.offset ?? 0;
    if (parts.filters) {
      this.filters = parts.filters;
    }
    if (parts.fields && parts.fields.length > 0) {
      this.fields = parts.fields;
    }
    Object.freeze(this);
  }

  /** Whether this very issuer made it. */
  static isOf(issuer: object, spec: unknown): boolean {
    return typeof spec === 'object' && spec !== null && #issuer in spec && spec.#issuer === issuer;
  }
}
