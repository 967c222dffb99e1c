import { delimiter } from 'node:path';

import { ServerError } from '../server-error.ts';
import type { Installation, Product } from './installation.ts';
import { installedIn, type Place } from './installed.ts';
import { unpacked } from './unpacked.ts';

/** Debian keeps servers where only root's PATH looks. */
const serverFolders = ['/usr/local/sbin', '/usr/sbin'];

const found = new Map<Product, Promise<Installation>>();

/**
 * Finds the programs of a product: on the PATH, else in Debian's packages, which it downloads when they are not in the
 * cache yet. Looks once per process.
 *
 * @throws {ServerError} `UNAVAILABLE`, with every reason.
 */
export function find(product: Product): Promise<Installation> {
  const known = found.get(product) ?? firstOf(product);
  found.set(product, known);
  return known;
}

async function firstOf(product: Product): Promise<Installation> {
  const reasons: string[] = [];
  for (const place of [onPath, unpacked]) {
    try {
      return await installedIn(await place(product), product);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      reasons.push(error.message);
    }
  }
  throw new ServerError('UNAVAILABLE', reasons.join('; '));
}

async function onPath(): Promise<Place> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...serverFolders].filter(Boolean);
  return { from: 'PATH', root: '/', folders };
}
