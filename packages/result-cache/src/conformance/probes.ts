import { randomUUID } from 'node:crypto';

import type { CacheStore, Stamp } from '../store/store.ts';

/** Defines a test that is given a store of its own. */
export type Test = (title: string, body: (store: CacheStore) => Promise<void>) => unknown;

/** Longer than a test takes. */
export const MINUTE_MS = 60_000;
/** The stamp of what is being written. */
export const HELD: Stamp = { state: 'held' };
/** The stamp of what nobody asked for. */
export const MISSING: Stamp = { state: 'missing' };

/** A name that no other test uses. */
export function unique(): string {
  return `conformance:${randomUUID()}`;
}

/** What is kept under a key. */
export async function entryOf(store: CacheStore, key: string): Promise<Buffer | undefined> {
  const { entry } = await store.read(key, []);
  return entry && Buffer.from(entry);
}

/** The stamp as it is. */
export async function stampOf(store: CacheStore, dependency: string): Promise<Stamp> {
  const { stamps } = await store.read(unique(), [dependency]);
  return stamps[0] ?? MISSING;
}

/** The nonce of a stamp, which is made if it is missing. */
export async function stamped(store: CacheStore, dependency: string): Promise<string> {
  const [nonce] = noncesOf(await store.stamp([dependency]));
  return nonce ?? '';
}

/** The nonces of stamps that are all set. */
export function noncesOf(stamps: readonly Stamp[]): string[] {
  return stamps.map(stamp => {
    if (stamp.state !== 'set') throw new Error(`Expected a nonce, the stamp is ${stamp.state}.`);
    return stamp.nonce;
  });
}

const PATIENCE_MS = 5_000;

/** Resolves when it has come true, and rejects when it takes too long. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
    if (await isSo()) return;
    await new Promise(resolve => void setTimeout(resolve, 5));
  }
  throw new Error(`Did not come true within ${PATIENCE_MS} ms.`);
}
