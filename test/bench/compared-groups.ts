import type { Figure } from './figure.ts';

/**
 * The names of the variants, in groups of those that figures compare with each other, directly or by way of others. Each
 * group has rounds of its own: a call of some milliseconds leaves the caches of the processor to the call after it as no
 * call of the same comparison does, and strikes most whoever has the most code.
 */
export function comparedGroups(figures: readonly Figure[]): string[][] {
  let groups: string[][] = [];
  for (const figure of figures) {
    if (figure.kind === 'number') continue;
    const compared = [figure.of, figure.to, figure.control];
    const isMet = (group: readonly string[]): boolean => group.some(name => compared.includes(name));
    const joined = [...new Set([...groups.filter(isMet).flat(), ...compared])];
    groups = [...groups.filter(group => !isMet(group)), joined];
  }
  return groups;
}
