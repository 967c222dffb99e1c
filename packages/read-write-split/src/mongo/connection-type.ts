import { iterateIn } from './iterate-in.ts';

/** Reads of the host's MongoDB driver (`MongoDriver`, 7.2) whose third argument are the options of the call. */
const READS = ['find', 'findOne', 'findVirtual', 'count'];
const STREAMS = ['stream', 'streamVirtual'];
const OPTIONS_AT = 2;

/**
 * Has the reads of the host heed `connectionType` and `preferReadReplicas`, which its MongoDB driver passes over.
 *
 * @param prefersReplicas where a read goes that does not say
 * @param onPrimary runs a read so that it goes to the primary
 */
export function heedConnectionType(
  driver: object,
  prefersReplicas: () => boolean,
  onPrimary: <T>(read: () => T) => T,
): void {
  const isForPrimary = (args: readonly unknown[]): boolean =>
    (connectionTypeIn(args[OPTIONS_AT]) ?? (prefersReplicas() ? 'read' : 'write')) === 'write';
  const wrap = (name: string, within: (call: () => unknown) => unknown): void => {
    const own: unknown = Reflect.get(driver, name);
    if (typeof own !== 'function') return;
    Reflect.set(driver, name, (...args: unknown[]): unknown => {
      const call = (): unknown => Reflect.apply(own, driver, args);
      return isForPrimary(args) ? within(call) : call();
    });
  };
  for (const name of READS) wrap(name, onPrimary);
  for (const name of STREAMS) wrap(name, call => iterateIn(onPrimary, () => rowsOf(call())));
}

function connectionTypeIn(options: unknown): unknown {
  return typeof options === 'object' && options !== null ? Reflect.get(options, 'connectionType') : undefined;
}

function rowsOf(stream: unknown): AsyncIterableIterator<unknown> {
  if (typeof stream === 'object' && stream !== null && isIterator(stream)) return stream;
  throw new TypeError('A stream of the host gives no rows.');
}

function isIterator(stream: object): stream is AsyncIterableIterator<unknown> {
  return Symbol.asyncIterator in stream && 'next' in stream;
}
