import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const everyMs = 2_000;

/**
 * Says on standard error, every two seconds, how many megabytes have arrived below `folder` while `work` runs.
 *
 * @param expected how much will come, as the downloader says it (`114 MB`), if it is known.
 */
export async function withProgress<T>(name: string, folder: string, work: Promise<T>, expected = '?'): Promise<T> {
  const started = performance.now();
  const say = (what: string) => process.stderr.write(`  ${name}: ${what}\n`);
  const timer = setInterval(() => say(`${megabytesIn(folder)} of ${expected}`), everyMs);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    say(`${megabytesIn(folder)} in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  }
}

function megabytesIn(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const bytes = files.reduce(
    (sum, file) => sum + (statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
