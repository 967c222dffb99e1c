import { type LikeSpelling, spellLike } from '../translate/like-pattern.ts';
import { type TextMatch, type TextTest, foldAscii, lengthOf } from '../translate/text-test.ts';

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

/** A predicate that tests an expression, and its parameters. It is null where the expression is, asked and negated. */
export function textSql(
  text: TextSql,
  expression: string,
  { match, operand, fold, negated }: TextTest,
): { readonly sql: string; readonly values: readonly string[] } {
  const whole = fold ? text.fold(expression) : expression;
  const [sql, value] = matchSql(text, whole, match, fold ? foldAscii(operand) : operand);
  return { sql: negated ? `not (${sql})` : sql, values: [value] };
}

function matchSql(
  text: TextSql,
  whole: string,
  match: TextMatch,
  wanted: string,
): readonly [sql: string, value: string] {
  const equals = (expression: string): string => `${text.exact(expression)} = ${text.exactOperand}`;
  switch (match) {
    case 'equals':
      return [equals(whole), wanted];
    case 'contains':
      return [text.contains(whole), wanted];
    case 'startsWith':
      return [equals(text.start(whole, lengthOf(wanted))), wanted];
    case 'endsWith':
      return [equals(text.end(whole, lengthOf(wanted))), wanted];
    case 'like':
      return [text.like(whole), spellLike(wanted, text.likeSpelling)];
  }
}
