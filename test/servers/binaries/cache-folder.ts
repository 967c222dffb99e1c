import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where unpacked servers and their empty data folders are kept between runs:
 * `$XDG_CACHE_HOME/mikro-kit/servers`, by default `~/.cache/mikro-kit/servers` (XDG Base Directory Specification).
 * It can be removed at any time.
 */
export function cacheFolder(): string {
  const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'mikro-kit', 'servers');
  mkdirSync(folder, { recursive: true });
  return folder;
}
