import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { report, reportLine } from './environment.ts';
import { serverFolder } from './processes/run-folder.ts';
import { recordedUses, recordVariable } from './record-use.ts';
import { ServerError } from './server-error.ts';

/**
 * Vitest's global setup for tests that use servers: finds or downloads them before the first test, says what is there,
 * and makes the worker processes note what they use.
 *
 * @throws {ServerError} `UNAVAILABLE` if one is missing and `REQUIRE_SERVERS` is 1.
 */
export async function setup(): Promise<void> {
  const folder = serverFolder('run');
  mkdirSync(folder);
  process.env[recordVariable] = join(folder, 'used.jsonl');
  process.stderr.write('\nServers for the tests:\n');
  const reports = await report();
  process.stderr.write(`${reports.map(reportLine).join('\n')}\n\n`);
  const missing = reports.filter(({ own }) => !own.available).map(({ name }) => name);
  if (missing.length > 0 && process.env['REQUIRE_SERVERS'] === '1') {
    throw new ServerError('UNAVAILABLE', `REQUIRE_SERVERS is 1, but there is no ${missing.join(', ')}`);
  }
}

/** Says which servers the run has used. */
export function teardown(): void {
  const uses = recordedUses(process.env[recordVariable] ?? '');
  const lines = uses.map(({ name, version, from }) => `  ${name.padEnd(16)}${version} from ${from}`);
  process.stderr.write(`\nServers used:\n${lines.join('\n') || '  none'}\n`);
}
