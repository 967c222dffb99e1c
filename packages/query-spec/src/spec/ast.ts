import type { Operator } from './operators.ts';
import type { SizeOperator } from './quantifiers.ts';

/** A value of the input after coercion to its field's type. */
export type Value = string | number | bigint | boolean | Date;

/** What an operator compares with: one value, a list or pair of them, or the flag of `isNull`. */
export type Operand = Value | null | readonly (Value | null)[];

/** One field against one operand. */
export interface Comparison {
  readonly kind: 'comparison';
  /** A property, or a path through to-one relations such as `country.code`. */
  readonly field: string;
  readonly operator: Operator;
  readonly operand: Operand;
}

/** All (`and`) or any (`or`) of two conditions or more. */
export interface Group {
  readonly kind: 'and' | 'or';
  readonly conditions: readonly Condition[];
}

/** The exact complement of a condition: each row satisfies one of the two, nulls included. */
export interface Negation {
  readonly kind: 'not';
  readonly condition: Condition;
}

/** What is said of the entities at the other end of a to-many relation: of one at least, of none, or of every one. */
export interface Quantified {
  readonly kind: 'some' | 'none' | 'every';
  /** A to-many relation, or a path to one over to-one relations: `books`, `country.cities`. */
  readonly relation: string;
  /** Its fields and relations are those of the entity at the other end. */
  readonly condition: Condition;
}

/** How many entities a to-many relation leads to. */
export interface Size {
  readonly kind: 'size';
  /** As in {@link Quantified}. */
  readonly relation: string;
  readonly operator: SizeOperator;
  readonly operand: Operand;
}

export type Condition = Comparison | Group | Negation | Quantified | Size;

export interface SortKey {
  readonly field: string;
  readonly direction: 'asc' | 'desc';
}

/**
 * A validated query of `T`: frozen, and the same for both doors. Only `parse` and `fromQueryString` make one; a look-alike
 * is refused when it is run.
 */
export interface QuerySpec<T extends object = object> {
  /** Class name of the entity. */
  readonly entity: string;
  /** Absent when nothing was filtered by. */
  readonly filters?: Condition;
  /** As asked for; the primary key is appended when the spec is run. */
  readonly orderBy: readonly SortKey[];
  readonly populate: readonly string[];
  /** Absent when all fields are loaded. */
  readonly fields?: readonly string[];
  /** In rows. */
  readonly limit: number;
  /** In rows. */
  readonly offset: number;
  /** Never set; ties the spec to its entity's type. */
  readonly '~entity'?: T;
}

/** The conditions that a condition is made of; none for one that stands for itself. */
export function membersOf(condition: Condition): readonly Condition[] {
  switch (condition.kind) {
    case 'comparison':
    case 'size':
      return [];
    case 'and':
    case 'or':
      return condition.conditions;
    case 'not':
    case 'some':
    case 'none':
    case 'every':
      return [condition.condition];
  }
}
