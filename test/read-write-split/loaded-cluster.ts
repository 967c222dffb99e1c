import type { MikroORM } from '@mikro-orm/sql';

import { type Cluster, openOrm, type Product, QUICK, startCluster } from './cluster.ts';
import { type Load, recordEvents, startLoad } from './load.ts';

/** A primary and two replicas under 50 readers and a writer. Disposing of it stops all. */
export interface LoadedCluster extends AsyncDisposable {
  readonly servers: Cluster;
  readonly orm: MikroORM;
  readonly load: Load;
  /** What was told of nodes. */
  readonly events: string[];
  /** Forgets what the load met, and the events. */
  readonly forget: () => void;
}

/** Resolves when reads and writes go on. */
export async function startLoadedCluster(product: Product): Promise<LoadedCluster> {
  await using stack = new AsyncDisposableStack();
  const servers = stack.adopt(await startCluster(product), started => started.stop());
  const orm = stack.adopt(await openOrm(product, servers, QUICK), opened => opened.close(true));
  const load = stack.use(startLoad(orm));
  const events = recordEvents(orm);
  await load.goesOn(100, 1);
  const all = stack.move();
  const forget = (): void => {
    load.forget();
    events.length = 0;
  };
  return { servers, orm, load, events, forget, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
