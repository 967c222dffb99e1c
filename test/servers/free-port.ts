import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ephemeral range of every common system, so no outgoing connection takes the port of a killed server. */
const lowest = 10_000;
const highest = 32_000;

/** Never the same port twice from one process, whether or not its server still lives. */
const given = new Set<number>();

/** A TCP port on 127.0.0.1 that nothing listens on now, between 10,000 and 32,000. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

/** `count` different free ports. */
export function freePorts(count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, freePort));
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(false) : reject(error),
    );
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
