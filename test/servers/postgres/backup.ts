import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { runCommand } from '../processes/run-command.ts';
import type { ServerNode } from '../server-node.ts';

/** Copies the data of a server, for which it is restarted; what it returns puts the copy in their place, and restarts it. */
export async function backUp(node: ServerNode, folder: string): Promise<() => Promise<void>> {
  const [data, copy] = [join(folder, 'data'), join(folder, 'backup')];
  const replace = async (old: string, by: string) => {
    await node.kill();
    rmSync(old, { recursive: true, force: true });
    await runCommand({ file: 'cp', args: ['-a', by, old] });
    await node.restart();
  };
  await replace(copy, data);
  return () => replace(data, copy);
}
