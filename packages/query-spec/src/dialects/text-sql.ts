import type { LikeSpelling } from '../like-pattern.ts';

/**
 * How a database's SQL compares texts character by character, whatever the column's collation. Each takes an expression
 * and gives one; `?` stands for the operand.
 */
export interface TextSql {
  /** Compares by bytes: no folding, no padding. */
  exact(expression: string): string;
  /** The operand that goes with {@link TextSql.exact}. */
  readonly exactOperand: string;
  /** The text with A-Z in lower case and nothing else changed. */
  fold(expression: string): string;
  /** A predicate: the operand occurs in it. */
  contains(expression: string): string;
  /** Its first or last characters, that many. */
  start(expression: string, length: number): string;
  end(expression: string, length: number): string;
  /** A predicate: it is like the operand, which `likeSpelling` wrote. */
  like(expression: string): string;
  readonly likeSpelling: LikeSpelling;
}

/** LIKE of standard SQL with an escape character that no string literal treats specially. */
export const STANDARD_LIKE: LikeSpelling = {
  any: '%',
  one: '_',
  escape: text => text.replace(/[%_|]/g, '|$&'),
};
