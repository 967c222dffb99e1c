import { randomBytes } from 'node:crypto';

import type { Words } from '../connection/keyed-command.ts';
import { encodeMessage } from './bus-message.ts';

interface Sender {
  readonly from: string;
  number: number;
}

/**
 * Makes the messages of one store. It is a sender of its own on each server, because only what goes by way of one server
 * keeps its order.
 */
export class BumpAnnouncer {
  readonly #channel: string;
  readonly #senders = new WeakMap<object, Sender>();

  constructor(channel: string) {
    this.#channel = channel;
  }

  /**
   * The command that tells of a bump. Each counts as sent: one that does not arrive leaves a gap, and whoever finds it
   * trusts nothing that it heard before.
   */
  announce(server: object, dependencies: readonly string[]): Words {
    const sender = this.#senders.get(server) ?? { from: randomBytes(9).toString('base64url'), number: 0 };
    this.#senders.set(server, sender);
    sender.number++;
    return ['PUBLISH', this.#channel, encodeMessage({ ...sender, dependencies })];
  }
}
