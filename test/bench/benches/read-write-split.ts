import { getReadWriteSplit } from '@mikro-kit/read-write-split';

import { mysql, postgres } from '../../servers/index.ts';
import { defineBench } from '../bench.ts';
import { openedInTurn } from '../opened-in-turn.ts';
import { type FaultFigures, measureFaults, measureSkew } from '../read-write-split/faults.ts';
import { openReader, type Reader } from '../read-write-split/readers.ts';
import { openPlainWriter, openTokenWriter, type Writer } from '../read-write-split/writers.ts';

const ROUTES = 20_000;

/** What the split adds to a read, and what reads see of replicas that fail; PostgreSQL with two standbys. And what a token adds to a write on MySQL. */
export const readWriteSplit = defineBench({
  name: 'read-write-split',
  summary: "em.findOne against the host's random replica, and readers while a replica dies; PostgreSQL",
  // The host's code is called by each variant, ours by one of them: it is compiled as well only after long.
  effort: { sittings: 4, rounds: 1_000, warmUpRounds: 2_000 },
  figures: [
    { kind: 'ratio', name: 'route_vs_random', of: 'split', to: 'plain', control: 'control', atMost: 1.05 },
    {
      kind: 'ratio',
      name: 'token_overhead_mysql',
      of: 'writeWithToken',
      to: 'write',
      control: 'writeControl',
      atMost: 1.05,
    },
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
    const servers = await postgres({ standbys: 2 });
    const options = servers.mikroOrmOptions();
    const plain = (): Promise<Reader> => openReader(options);
    const readers = await openedInTurn({ plain, control: plain, split: () => openReader(options, {}) }, sitting);
    await Promise.all(servers.replicas.map(replica => replica.caughtUp()));
    const mysqlServers = await mysql({ replicas: 1 });
    const written = mysqlServers.mikroOrmOptions();
    const plainWriter = (): Promise<Writer> => openPlainWriter(written);
    const writers = await openedInTurn(
      { write: plainWriter, writeControl: plainWriter, writeWithToken: () => openTokenWriter(written) },
      sitting,
    );
    return {
      variants: {
        plain: readers.plain.find,
        control: readers.control.find,
        split: readers.split.find,
        write: writers.write.write,
        writeControl: writers.writeControl.write,
        writeWithToken: writers.writeWithToken.write,
      },
      numbers: (): FaultFigures & { skewed_latency_gain: number; route_us: number } => ({
        ...faults,
        skewed_latency_gain: gain,
        route_us: routeMicroseconds(readers.split),
      }),
      close: async () => {
        for (const { orm } of [...Object.values(readers), ...Object.values(writers)]) await orm.close(true);
        await Promise.all([servers.stop(), mysqlServers.stop()]);
      },
    };
  },
});

/** How long it takes to decide where a read goes, and to say why. */
function routeMicroseconds({ orm }: Reader): number {
  const split = getReadWriteSplit(orm);
  const start = performance.now();
  for (let left = ROUTES; left > 0; left--) split.explain();
  return ((performance.now() - start) * 1_000) / ROUTES;
}
