import type { ServerResponse } from 'node:http';

/** All that sends a response's head. */
const SENDERS = ['writeHead', 'flushHeaders', 'write', 'end'] as const;

/**
 * Lets something asynchronous happen right before a response's head goes out, whoever sends it: what is written
 * meanwhile is held back, in order. `before` is called once, and nothing is held if it has nothing to wait for. Works on
 * Node's own responses, of HTTP/1 and HTTP/2, and so in all frameworks that write to them.
 */
export function holdHead(response: ServerResponse, before: () => Promise<void> | undefined): void {
  let held: (() => unknown)[] | undefined;
  let isDecided = false;
  const letGo = (): void => {
    const calls = held ?? [];
    held = undefined;
    for (const call of calls) call();
    if (!response.writableEnded && !response.writableNeedDrain) response.emit('drain');
  };
  const decide = (): void => {
    isDecided = true;
    const wait = response.headersSent ? undefined : before();
    if (!wait) return;
    held = [];
    void wait.then(letGo, letGo);
  };
  for (const name of SENDERS) {
    const send: unknown = Reflect.get(response, name);
    if (typeof send !== 'function') continue;
    Reflect.set(response, name, (...args: unknown[]): unknown => {
      if (!isDecided) decide();
      if (!held) return Reflect.apply(send, response, args);
      held.push(() => Reflect.apply(send, response, args));
      return name === 'write' ? false : response;
    });
  }
}
