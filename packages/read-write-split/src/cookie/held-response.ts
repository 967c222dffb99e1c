import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { saysHeaders, setHead } from './response-head.ts';

/** All that sends a response's head. */
const SENDERS = ['writeHead', 'flushHeaders', 'write', 'end'] as const;
type Sender = (typeof SENDERS)[number];
/** All that changes it. */
const SETTERS = ['setHeader', 'setHeaders', 'appendHeader', 'removeHeader'];

/**
 * Lets a response's head go out with a cookie that takes a moment, whoever sends it: what is written meanwhile is held
 * back, in order. To the application the head has been sent then: it cannot change it any more, and what it does wrong
 * fails as it would otherwise. Works on Node's own responses, of HTTP/1 and HTTP/2, and so in all frameworks that write
 * to them.
 *
 * @param cookie called once, right before the head; nothing is held if there is nothing to wait for. Must not reject
 */
export function holdHead(response: ServerResponse, cookie: () => Promise<string | undefined> | undefined): void {
  let isDecided = false;
  let held: HeldResponse | undefined;
  for (const name of SENDERS) {
    const own: unknown = Reflect.get(response, name);
    if (typeof own !== 'function') continue;
    const send = (args: readonly unknown[]): unknown => Reflect.apply(own, response, args);
    Reflect.set(response, name, (...args: unknown[]): unknown => {
      if (isRefused(name, args)) return send(args);
      if (!isDecided) {
        isDecided = true;
        const wait = response.headersSent ? undefined : cookie();
        if (wait) held = new HeldResponse(response, wait, () => (held = undefined));
      }
      return held ? held.take(name, args, send) : send(args);
    });
  }
}

/** A response whose head waits for a cookie. */
class HeldResponse {
  readonly #response: ServerResponse;
  readonly #calls: (() => unknown)[] = [];
  readonly #undo: (() => void)[] = [];
  #hasHead = false;
  #hasEnded = false;

  /** @param released called when nothing is held any more */
  constructor(response: ServerResponse, cookie: Promise<string | undefined>, released: () => void) {
    this.#response = response;
    void this.#letGo(cookie, released);
  }

  /** @param send does it */
  take(name: Sender, args: readonly unknown[], send: (args: readonly unknown[]) => unknown): unknown {
    const response = this.#response;
    if (name !== 'writeHead') this.#calls.push(() => send(args));
    else if (!this.#hasHead) {
      setHead(response, () => send(args), args);
      this.#calls.push(() => send([response.statusCode]));
    } else if (saysHeaders(args)) throw headersSent('write');
    if (!this.#hasHead) this.#pretend();
    this.#hasEnded ||= name === 'end';
    return name === 'write' ? false : response;
  }

  /** The head is as good as sent: the application sees it so, and what it sets from now on is not in it. */
  #pretend(): void {
    this.#hasHead = true;
    const response = this.#response;
    const { statusCode, statusMessage, socket } = response;
    this.#overlay(response, 'headersSent', { get: () => true });
    for (const name of ['writableEnded', 'finished']) this.#overlay(response, name, { get: () => this.#hasEnded });
    for (const name of SETTERS) {
      this.#overlay(response, name, {
        value: () => {
          throw headersSent(name === 'removeHeader' ? 'remove' : 'set');
        },
      });
    }
    this.#undo.push(() => Object.assign(response, { statusCode }, statusMessage && { statusMessage }));
    if (socket && response.req.httpVersionMajor === 1) this.#holdEnd(socket);
  }

  /** An application that fails after it has answered has its connection cut, but not before the answer. */
  #holdEnd(socket: Socket): void {
    const destroy = socket.destroy.bind(socket);
    const value = (error?: Error): Socket => {
      // Node sends what was written in one turn at its end.
      this.#calls.push(() => setImmediate(() => destroy(error)));
      return socket;
    };
    this.#overlay(socket, 'destroy', { value });
  }

  #overlay(target: object, name: string, seen: PropertyDescriptor): void {
    const own = Object.getOwnPropertyDescriptor(target, name);
    Object.defineProperty(target, name, { ...seen, configurable: true });
    this.#undo.push(() => (own ? Object.defineProperty(target, name, own) : Reflect.deleteProperty(target, name)));
  }

  async #letGo(cookie: Promise<string | undefined>, released: () => void): Promise<void> {
    const value = await cookie;
    released();
    const response = this.#response;
    for (const undo of this.#undo) undo();
    try {
      if (value !== undefined && !response.headersSent) response.appendHeader('set-cookie', value);
      for (const call of this.#calls) call();
      if (!response.writableEnded && !response.writableNeedDrain) response.emit('drain');
    } catch (error) {
      // Nobody is there to catch it any more.
      response.destroy(error instanceof Error ? error : undefined);
    }
  }
}

/** Whether Node refuses it before anything is sent: a chunk that is none. */
function isRefused(name: Sender, [chunk]: readonly unknown[]): boolean {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return false;
  return name === 'write' || (name === 'end' && Boolean(chunk) && typeof chunk !== 'function');
}

/** Node's own error, in its words. */
function headersSent(what: string): Error {
  const error = new Error(`Cannot ${what} headers after they are sent to the client`);
  return Object.assign(error, { code: 'ERR_HTTP_HEADERS_SENT' });
}
