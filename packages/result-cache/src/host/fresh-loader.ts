import type { Loader } from '../reads/loads.ts';
import type { BypassReason } from '../statistics.ts';
import type { Fresh } from './fresh-reads.ts';

/**
 * Replicas can lag behind the invalidations that this process has seen, so what is kept comes from the primary, or from a
 * replica that is known not to lag. While none of them answers, the read is answered as it would be without a cache, and
 * not kept.
 *
 * @param fresh asked for replicas that do not lag
 */
export function freshLoader(
  send: (node: 'chosen' | 'primary') => Promise<unknown>,
  signal: AbortSignal | undefined,
  fresh: () => Fresh | undefined,
): Loader {
  let refusal: BypassReason | undefined;
  return {
    refusal: () => refusal,
    async load(purpose) {
      refusal = undefined;
      if (purpose === 'answer') return send('chosen');
      try {
        return await (fresh()?.(() => send('chosen')) ?? send('primary'));
      } catch (error) {
        if (isWordOfServer(error) || signal?.aborted) throw error;
        refusal = 'replica';
        return send('chosen');
      }
    },
  };
}

/** Whether the server ran the statement and failed it, which another one would, too; not that it could not be asked. */
function isWordOfServer(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const [code, severity, sqlState, fatal] = ['code', 'severity', 'sqlState', 'fatal'].map((key): unknown =>
    Reflect.get(error, key),
  );
  if (typeof sqlState === 'string') return fatal !== true && !sqlState.startsWith('08');
  if (typeof severity === 'string') return typeof code === 'string' && !/^(08|57P)/.test(code);
  return typeof code === 'string' && code.startsWith('SQLITE_');
}
