import { describe, expect, it } from 'vitest';

import { availability, type ServerName } from './availability.ts';

/**
 * `describe` for tests that need servers of our own. Where one cannot be had the tests are skipped and the reason stands
 * in their title; with `REQUIRE_SERVERS=1` they fail with it. Await it: `await describeWith('postgres', …)`.
 */
export async function describeWith(
  needs: ServerName | readonly ServerName[],
  title: string,
  tests: () => void,
): Promise<void> {
  const reasons = (await Promise.all([needs].flat().map(reason))).filter(Boolean);
  if (reasons.length === 0) return define(describe, title, tests);
  const describeIt = process.env['REQUIRE_SERVERS'] === '1' ? describe : describe.skip;
  define(describeIt, `${title} (not available: ${reasons.join('; ')})`, () => {
    it('needs its servers, because REQUIRE_SERVERS is 1', () => expect.unreachable(reasons.join('; ')));
  });
}

function define(describeIt: typeof describe.skip, title: string, tests: () => void): void {
  describeIt(title, () => tests());
}

async function reason(name: ServerName): Promise<string | undefined> {
  const answer = await availability(name);
  return answer.available ? undefined : `${name}: ${answer.because}`;
}
