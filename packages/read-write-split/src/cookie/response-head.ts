import type { ServerResponse } from 'node:http';

type Pair = readonly [name: string, value: unknown];

/**
 * Does of a `writeHead` all but the sending: what it says is set, so that headers can still be added to it.
 *
 * @throws what `writeHead` throws for a header or status that is none
 */
export function setHead(response: ServerResponse, writeHead: () => unknown, args: readonly unknown[]): void {
  const status = Math.trunc(Number(args[0]));
  // Node says what is wrong with it.
  if (!(status >= 100 && status <= 999)) return void writeHead();
  response.statusCode = status;
  const [reason, ...rest] = args.slice(1);
  if (typeof reason === 'string') response.statusMessage = reason;
  const headers = typeof reason === 'string' ? rest[0] : (reason ?? rest[0]);
  const pairs = pairsOf(headers);
  for (const [name] of pairs) response.removeHeader(name);
  const set: unknown = Reflect.get(response, Array.isArray(headers) ? 'appendHeader' : 'setHeader');
  if (typeof set !== 'function') return;
  for (const pair of pairs) Reflect.apply(set, response, pair);
}

/** Whether a `writeHead` would change the head. */
export function saysHeaders(args: readonly unknown[]): boolean {
  return args.slice(1).some(arg => typeof arg === 'object' && arg !== null);
}

/** Of an object, of a flat list of names and values, or of pairs: all that `writeHead` takes. */
function pairsOf(headers: unknown): readonly Pair[] {
  if (typeof headers !== 'object' || headers === null) return [];
  if (!Array.isArray(headers)) return Object.entries(headers).filter(([name]) => name !== '');
  const flat: readonly unknown[] = headers.flat(Array.isArray(headers[0]) ? 1 : 0);
  return flat.flatMap((name, at): Pair[] => (at % 2 === 0 ? [[String(name), flat[at + 1]]] : []));
}
