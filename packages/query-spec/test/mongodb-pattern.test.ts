import { describe, expect, it } from 'vitest';

import { patternOf } from '../src/dialects/mongodb-pattern.ts';

const like = (operand: string): RegExp => patternOf({ match: 'like', operand, fold: false, negated: false });

/** By characters, recursively. */
const isLike = (text: string, pattern: string): boolean => {
  const token = pattern[0];
  if (token === undefined) return text === '';
  if (token === '%') return isLike(text, pattern.slice(1)) || (text !== '' && isLike(text.slice(1), pattern));
  if (text === '') return false;
  return (token === '_' || token === text[0]) && isLike(text.slice(1), pattern.slice(1));
};

const wordsOf = (letters: readonly string[], most: number): readonly string[] =>
  most === 0 ? [''] : ['', ...wordsOf(letters, most - 1).flatMap(word => letters.map(letter => letter + word))];

describe('a pattern of like, for MongoDB', () => {
  it('matches what SQL has for it, for all short patterns and texts', () => {
    const texts = wordsOf(['a', 'b', '\n'], 4);
    const wrong = wordsOf(['%', '_', 'a', 'b'], 5).filter(pattern => {
      const matcher = like(pattern);
      return texts.some(text => matcher.test(text) !== isLike(text, pattern));
    });
    expect(wrong).toEqual([]);
  });

  it.each(['%a%a%a%a%a%a%a%b', '%_a%_a%_a%_a%b', '%a%_b%c%a%b_'])('takes no more time for many %%: %s', pattern => {
    const text = `${'a'.repeat(2000)}bc`;
    const start = performance.now();
    expect(like(pattern).test(text)).toBe(false);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
