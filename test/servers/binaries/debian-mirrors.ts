import { runCommand } from '../processes/run-command.ts';

/**
 * The addresses of the Debian archives that this machine's own apt is configured with, the likeliest first. Asks apt
 * itself, so any form of its configuration will do, and needs no package lists.
 */
export async function debianMirrors(): Promise<string[]> {
  const uris = await runCommand({ file: 'apt-get', args: ['update', '--print-uris'] });
  const archives = [...uris.matchAll(/^'(\S+)\/dists\/(\S+)\/InRelease'/gm)]
    .filter(([, , suite]) => suite && !suite.includes('security'))
    .map(([, archive]) => archive ?? '');
  return [...new Set(archives)].toSorted((a, b) => Number(b.endsWith('/debian')) - Number(a.endsWith('/debian')));
}
