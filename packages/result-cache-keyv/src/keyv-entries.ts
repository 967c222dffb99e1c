import { randomUUID } from 'node:crypto';

import { backendKey, generationKey, type KeyKind } from './backend-key.ts';
import type { KeyvClient } from './keyv-client.ts';

/** An entry, if there is one that counts, and what lies under the other keys that were asked for. */
export interface EntryRead {
  readonly entry: Uint8Array | undefined;
  readonly others: readonly (string | undefined)[];
}

/**
 * Bytes under names. Each entry carries a generation and counts only while that is the present one, so that a new one
 * clears them all with one write and touches nothing else in the backend. Without a generation no entry counts.
 */
export class KeyvEntries {
  readonly #client: KeyvClient;
  readonly #kind: KeyKind;

  constructor(client: KeyvClient, kind: KeyKind) {
    this.#client = client;
    this.#kind = kind;
  }

  /** The entry under `name`, and the texts under `others`, with one request to Keyv. */
  async read(name: string, others: readonly string[] = []): Promise<EntryRead> {
    const keys = [generationKey(this.#kind), backendKey(this.#kind, name), ...others];
    const [generation, text, ...rest] = await this.#client.texts(keys);
    return { entry: decode(text, generation), others: rest };
  }

  /** Keeps nothing when `expirationMs` is 0 or less. */
  async write(name: string, entry: Uint8Array, expirationMs: number): Promise<void> {
    if (expirationMs <= 0) return;
    const [present] = await this.#client.texts([generationKey(this.#kind)]);
    const value = encode(entry, present ?? (await this.#renew()));
    await this.#client.set([{ key: backendKey(this.#kind, name), value, ttl: Math.ceil(expirationMs) }]);
  }

  async remove(name: string): Promise<void> {
    await this.#client.delete([backendKey(this.#kind, name)]);
  }

  async clear(): Promise<void> {
    await this.#renew();
  }

  async #renew(): Promise<string> {
    const generation = randomUUID();
    await this.#client.set([{ key: generationKey(this.#kind), value: generation }]);
    return generation;
  }
}

/** As text, which every backend of Keyv keeps as it is. */
function encode(entry: Uint8Array, generation: string): string {
  return `${generation}|${Buffer.from(entry).toString('base64')}`;
}

function decode(text: string | undefined, generation: string | undefined): Uint8Array | undefined {
  const start = `${generation}|`;
  return generation !== undefined && text?.startsWith(start)
    ? Buffer.from(text.slice(start.length), 'base64')
    : undefined;
}
