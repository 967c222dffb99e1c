import { hash } from 'node:crypto';

/** What lies under a key of ours. */
export type KeyKind = 'entry' | 'result' | 'stamp' | 'hold';

/**
 * The key in the backend for `name`. It says nothing and fits everywhere: SQL columns are short, ignore case or trailing
 * blanks and refuse NUL, Memcached takes no blanks, and Keyv 5 leaves the namespace out when a key seems to have it.
 */
export function backendKey(kind: KeyKind, name: string): string {
  return `mikro-kit-${kind}-${hash('sha256', name)}`;
}

/** The key of the only value that says which entries of this kind count. */
export function generationKey(kind: KeyKind): string {
  return `mikro-kit-${kind}-generation`;
}
