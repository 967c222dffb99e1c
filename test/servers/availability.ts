import { find } from './binaries/find.ts';
import type { Product } from './binaries/installation.ts';
import { ServerError } from './server-error.ts';

/** The servers that tests can ask for. */
export type ServerName = 'postgres' | 'mysql' | 'mariadb' | 'redis' | 'mongodb';

/** Every {@link ServerName}. */
export const serverNames = [
  'postgres',
  'mysql',
  'mariadb',
  'redis',
  'mongodb',
] as const satisfies readonly ServerName[];

/** What a server is here: its version and origin, or why there is none. */
export type Availability = { available: true; version: string; from: string } | { available: false; because: string };

/** The product whose programs make a server. MongoDB's is Microsoft's DocumentDB engine with a gateway of ours. */
const productOf: Record<ServerName, Product> = {
  postgres: 'postgres',
  mysql: 'mysql',
  mariadb: 'mariadb',
  redis: 'redis',
  mongodb: 'documentdb',
};

/** Whether a server of our own can be started on this machine; downloads its packages if that is what it takes. */
export async function availability(name: ServerName): Promise<Availability> {
  try {
    const { version, from } = await find(productOf[name]);
    return { available: true, version, from };
  } catch (error) {
    if (error instanceof ServerError) return { available: false, because: error.message };
    throw error;
  }
}
