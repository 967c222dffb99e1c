/** How a text is looked at. `like` has `%` for any text and `_` for any character. */
export type TextMatch = 'equals' | 'contains' | 'startsWith' | 'endsWith' | 'like';

/** A test of a text column that the host has no operator for that means the same on each database. */
export interface TextTest {
  readonly match: TextMatch;
  readonly operand: string;
  /** Whether A-Z and a-z are the same. No other letters are folded: SQLite knows no others. */
  readonly fold: boolean;
  readonly negated: boolean;
}

/** Folds what {@link TextTest.fold} folds. */
export function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, letters => letters.toLowerCase());
}

/** Characters as the databases count them: code points. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** Whether every text starts with, ends with or contains what is asked for: nothing. */
export function holdsForAllText({ match, operand }: TextTest): boolean {
  return operand === '' && match !== 'equals' && match !== 'like';
}
