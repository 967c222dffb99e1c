import { ensureTap } from '@mikro-kit/statement-tap';
import type { MikroORM } from '@mikro-orm/core';

import type { TableGraph } from '../host/table-graph.ts';
import type { CachedReads } from '../reads/cached-reads.ts';
import type { Loader } from '../reads/loads.ts';
import type { ReadScopes } from '../reads/read-scope.ts';
import { WrappedRuns } from '../wrap/wrapped-runs.ts';
import { DocumentCodec } from './document-codec.ts';
import { describeMongoRead } from './mongo-read.ts';
import { type AnswerRead, type HostMongoDriver, interceptMongoReads } from './mongo-seam.ts';

/** What stands between the reads of a MongoDB driver and the cache. */
export interface MongoReadConnections {
  readonly orm: MikroORM;
  readonly driver: HostMongoDriver;
  readonly reads: CachedReads;
  readonly scopes: ReadScopes;
  readonly graph: () => TableGraph;
}

/** Has the reads of the host's MongoDB driver go through the cache. Opens nothing. */
export function connectMongoReads({ orm, driver, reads, scopes, graph }: MongoReadConnections): void {
  const objectId = driver.getPlatform().denormalizePrimaryKey('0'.repeat(24));
  const codec = new DocumentCodec([Object(objectId)]);
  // Whatever else routes reads: what a secondary answered all the same is not kept.
  const runs = new WrappedRuns(ensureTap(orm));
  const answer: AnswerRead = async (read, send) => {
    const scope = scopes.current();
    if (!scope) return send('chosen');
    let loaded: { readonly found: unknown; readonly packed: unknown } | undefined;
    let run: ReturnType<WrappedRuns['of']> | undefined;
    const load: Loader['load'] = async purpose => {
      run = purpose === 'fill' ? runs.of(() => send('primary')) : undefined;
      const found = await (run ? run.result : send('chosen'));
      // What cannot be packed cannot be encoded either: the cache says so, and gives it back as it is.
      const packed = purpose === 'fill' ? codec.pack(found) : undefined;
      loaded = { found, packed: packed ? packed.content : found };
      return loaded.packed;
    };
    const loader: Loader = { load, refusal: () => run?.refusal() };
    const answered = await reads.readIn(scope, () => describeMongoRead(read, graph()), loader, read.signal);
    if (loaded?.packed === answered) return loaded?.found;
    const unpacked = codec.unpack(answered);
    if (unpacked) return unpacked.value;
    // Another process has met a class that this one has not, and will have after this.
    const found = await send('chosen');
    codec.pack(found);
    return found;
  };
  interceptMongoReads(driver, () => scopes.current() !== undefined, answer);
}
