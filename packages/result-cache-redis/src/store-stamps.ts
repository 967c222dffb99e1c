import { randomBytes } from 'node:crypto';

import type { Stamp } from '@mikro-kit/result-cache';

import { BumpAnnouncer } from './bus/bump-announcer.ts';
import { scriptCommand } from './connection/keyed-command.ts';
import { allFromOwners } from './connection/send-to-owners.ts';
import { BUMP, MARK, STAMP } from './stamp-scripts.ts';
import { stampOf } from './stamp-value.ts';
import type { StorePlace } from './store-place.ts';

/** Unused stamps go after a week. What they stood for is a miss then. */
const STAMP_LIFETIME_MS = 7 * 24 * 60 * 60 * 1_000;

/** The stamps of a store: one round trip for each call, on a Cluster one to each server at the same time. */
export class StoreStamps {
  readonly #place: StorePlace;
  readonly #announcer: BumpAnnouncer;

  constructor(place: StorePlace, channel: string) {
    this.#place = place;
    this.#announcer = new BumpAnnouncer(channel);
  }

  async stamp(dependencies: readonly string[]): Promise<Stamp[]> {
    const { servers, keys } = await this.#place.reach();
    const args = [randomBytes(9).toString('base64url'), STAMP_LIFETIME_MS];
    const commands = dependencies.map(dependency => scriptCommand(STAMP, keys.stamp(dependency), args));
    return (await allFromOwners(servers, commands, this.#place)).map(stampOf);
  }

  async mark(dependencies: readonly string[], owner: string, holdMs: number): Promise<void> {
    const { servers, keys } = await this.#place.reach();
    const args = [owner, Math.ceil(holdMs)];
    const commands = dependencies.map(dependency => scriptCommand(MARK, keys.stamp(dependency), args));
    await allFromOwners(servers, commands, this.#place);
  }

  /** The bus is told in the same request, after the stamps of its server have ended. */
  async bump(dependencies: readonly string[], owner: string): Promise<void> {
    const { servers, keys } = await this.#place.reach();
    const commands = dependencies.map(dependency => scriptCommand(BUMP, keys.stamp(dependency), [owner]));
    await allFromOwners(servers, commands, {
      deadlineMs: this.#place.deadlineMs,
      last: (server, stamps) =>
        this.#announcer.announce(
          server,
          stamps.map(stamp => keys.dependency(stamp)),
        ),
    });
  }
}
