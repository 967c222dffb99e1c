import { getReadWriteSplit } from '@mikro-kit/read-write-split';

import { mysql, postgres } from '../../servers/index.ts';
import { query } from '../../servers/mysql/connection.ts';
import { defineBench } from '../bench.ts';
import { openedInTurn } from '../opened-in-turn.ts';
import { type FaultFigures, measureFaults, measureSkew } from '../read-write-split/faults.ts';
import { openReader, type Reader } from '../read-write-split/readers.ts';
import { openPlainWriter, openTokenWriter, openTrackedWriter, type Writer } from '../read-write-split/writers.ts';

const ROUTES = 20_000;

/** What the split adds to a read, and what reads see of replicas that fail; PostgreSQL with two standbys. And what a token adds to a write on MySQL. */
export const readWriteSplit = defineBench({
  name: 'read-write-split',
  summary: "em.findOne against the host's random replica, and readers while a replica dies; PostgreSQL",
  // A process has the split or has not. With single calls in turn, the code of the variants drives each other's out of
  // the caches of the processor, but not the host's, which all of them run: what is ours would be measured cold only.
  effort: { sittings: 4, rounds: 100, warmUpRounds: 100, callsInARow: 40 },
  figures: [
    { kind: 'ratio', name: 'route_vs_random', of: 'split', to: 'plain', control: 'control', atMost: 1.05 },
    { kind: 'ratio', name: 'route_vs_random_same_balance', of: 'splitRandom', to: 'plain', control: 'control' },
    {
      kind: 'ratio',
      name: 'token_overhead_mysql',
      of: 'writeWithToken',
      to: 'write',
      control: 'writeControl',
      atMost: 1.05,
    },
    { kind: 'ratio', name: 'gtid_tracking_mysql', of: 'writeTracked', to: 'write', control: 'writeControl' },
    { kind: 'number', name: 'failed_reads_on_kill', atMost: 0 },
    { kind: 'number', name: 'failed_reads_on_pause', atMost: 0 },
    { kind: 'number', name: 'p99_ms_while_paused', unit: 'ms', atMost: 1_500 },
    { kind: 'number', name: 'ejected_after_kill_ms', unit: 'ms', atMost: 500 },
    { kind: 'number', name: 'ejected_after_pause_ms', unit: 'ms', atMost: 4_500 },
    { kind: 'number', name: 'skewed_latency_gain', unit: 'times the reads', atLeast: 1.5 },
    { kind: 'number', name: 'route_us', unit: 'µs' },
  ],
  async open(sitting: number) {
    const faults = await measureFaults();
    const gain = await measureSkew();
    const reads = await openReads(sitting);
    const writes = await openWrites(sitting);
    return {
      variants: { ...reads.variants, ...writes.variants },
      numbers: (): FaultFigures & { skewed_latency_gain: number; route_us: number } => ({
        ...faults,
        skewed_latency_gain: gain,
        route_us: routeMicroseconds(reads.split),
      }),
      close: async () => {
        await reads.close();
        await writes.close();
      },
    };
  },
});

/** The split as it is, and with the host's own choice, by chance, to tell what the choice gains and what routing costs. */
async function openReads(sitting: number) {
  const servers = await postgres({ standbys: 2 });
  const options = servers.mikroOrmOptions();
  const plain = (): Promise<Reader> => openReader(options);
  const readers = await openedInTurn(
    {
      plain,
      control: plain,
      split: () => openReader(options, {}),
      splitRandom: () => openReader(options, { balance: 'random' }),
    },
    sitting,
  );
  await Promise.all(servers.replicas.map(replica => replica.caughtUp()));
  const { plain: first, control, split, splitRandom } = readers;
  return {
    split,
    variants: { plain: first.find, control: control.find, split: split.find, splitRandom: splitRandom.find },
    close: async () => {
      for (const { orm } of Object.values(readers)) await orm.close(true);
      await servers.stop();
    },
  };
}

/** The host alone, with a server that tells it the ids of its commits, and with the split, to tell whose a cost is. */
async function openWrites(sitting: number) {
  const servers = await mysql({ replicas: 1 });
  const options = servers.mikroOrmOptions();
  await flushEachCommit(options.port);
  const plain = (): Promise<Writer> => openPlainWriter(options);
  const writers = await openedInTurn(
    {
      write: plain,
      writeControl: plain,
      writeTracked: () => openTrackedWriter(options),
      writeWithToken: () => openTokenWriter(options),
    },
    sitting,
  );
  const { write, writeControl, writeTracked, writeWithToken } = writers;
  return {
    variants: {
      write: write.write,
      writeControl: writeControl.write,
      writeTracked: writeTracked.write,
      writeWithToken: writeWithToken.write,
    },
    close: async () => {
      for (const { orm } of Object.values(writers)) await orm.close(true);
      await servers.stop();
    },
  };
}

/** As MySQL does by default; the servers of the tests leave that to the kernel. */
async function flushEachCommit(port: number): Promise<void> {
  await query(port, 'set global sync_binlog = 1');
  await query(port, 'set global innodb_flush_log_at_trx_commit = 1');
}

/** How long it takes to decide where a read goes, and to say why. */
function routeMicroseconds({ orm }: Reader): number {
  const split = getReadWriteSplit(orm);
  const start = performance.now();
  for (let left = ROUTES; left > 0; left--) split.explain();
  return ((performance.now() - start) * 1_000) / ROUTES;
}
