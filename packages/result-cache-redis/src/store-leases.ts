import { scriptCommand } from './connection/keyed-command.ts';
import { allFromOwners } from './connection/send-to-owners.ts';
import { RELEASE } from './stamp-scripts.ts';
import type { StorePlace } from './store-place.ts';

/** The leases of a store. */
export class StoreLeases {
  readonly #place: StorePlace;

  constructor(place: StorePlace) {
    this.#place = place;
  }

  async lease(key: string, owner: string, leaseMs: number): Promise<boolean> {
    const { servers, keys } = await this.#place.reach();
    const leaseKey = keys.lease(key);
    const words = ['SET', leaseKey, owner, 'PX', Math.max(1, Math.ceil(leaseMs)), 'NX'] as const;
    const [answer] = await allFromOwners(servers, [{ key: leaseKey, words }], this.#place);
    return answer?.reply !== null;
  }

  async release(key: string, owner: string): Promise<void> {
    const { servers, keys } = await this.#place.reach();
    await allFromOwners(servers, [scriptCommand(RELEASE, keys.lease(key), [owner])], this.#place);
  }
}
