import { describe, it } from 'vitest';

import { availability, type ServerName } from './availability.ts';
import { ServerError } from './server-error.ts';

/**
 * `describe` for tests that need servers of our own. Where one cannot be had the tests are skipped and the reason stands
 * in their title; with `REQUIRE_SERVERS=1` they fail with it. Await it: `await describeWith('postgres', …)`.
 */
export async function describeWith(
  needs: ServerName | readonly ServerName[],
  title: string,
  tests: () => void,
): Promise<void> {
  const answers = await Promise.all([needs].flat().map(async name => ({ name, ...(await availability(name)) })));
  const reasons = answers.flatMap(answer => (answer.available ? [] : [`${answer.name}: ${answer.because}`]));
  if (reasons.length === 0) describe(title, tests);
  else missing(`${title} (not available: ${reasons.join('; ')})`);
}

function missing(title: string): void {
  const isRequired = process.env['REQUIRE_SERVERS'] === '1';
  describe.skipIf(!isRequired)(title, () => {
    it('needs its servers, because REQUIRE_SERVERS is 1', () => {
      throw new ServerError('UNAVAILABLE', title);
    });
  });
}
