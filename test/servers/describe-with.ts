import { describe, expect, it } from 'vitest';

import { availability, type ServerName } from './availability.ts';
import { externalUrl } from './environment.ts';

/**
 * `describe` for tests that start, break and stop servers. Where one cannot be had the tests are skipped and the reason
 * stands in their title; with `REQUIRE_SERVERS=1` they fail with it. Await it: `await describeWith('postgres', …)`.
 */
export function describeWith(
  needs: ServerName | readonly ServerName[],
  title: string,
  tests: () => void,
): Promise<void> {
  return describeUnless([needs].flat().map(whyNotOwn), title, tests);
}

/** The same for tests that only need some server, from `anyServer`: the user's own will do. */
export function describeWithAny(
  needs: ServerName | readonly ServerName[],
  title: string,
  tests: () => void,
): Promise<void> {
  return describeUnless([needs].flat().map(whyNotAny), title, tests);
}

async function describeUnless(
  missing: ReadonlyArray<Promise<string | undefined>>,
  title: string,
  tests: () => void,
): Promise<void> {
  const reasons = (await Promise.all(missing)).filter(Boolean);
  if (reasons.length === 0) return define(describe, title, tests);
  const describeIt = process.env['REQUIRE_SERVERS'] === '1' ? describe : describe.skip;
  define(describeIt, `${title} (not available: ${reasons.join('; ')})`, () => {
    it('needs its servers, because REQUIRE_SERVERS is 1', () => expect.unreachable(reasons.join('; ')));
  });
}

function define(describeIt: typeof describe.skip, title: string, tests: () => void): void {
  describeIt(title, () => tests());
}

async function whyNotOwn(name: ServerName): Promise<string | undefined> {
  const answer = await availability(name);
  return answer.available ? undefined : `${name}: ${answer.because}`;
}

async function whyNotAny(name: ServerName): Promise<string | undefined> {
  return externalUrl(name) ? undefined : whyNotOwn(name);
}
