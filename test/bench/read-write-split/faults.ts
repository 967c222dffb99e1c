import { setTimeout as pause } from 'node:timers/promises';

import { getReadWriteSplit } from '@mikro-kit/read-write-split';

import { faultProxy, postgres, until } from '../../servers/index.ts';
import { openReader, type Reader, readWhile, untilOut } from './readers.ts';

const READERS = 50;
const AFTER_MS = 1_000;

/** What a killed and a silent replica do to 50 readers, with the defaults. */
export interface FaultFigures {
  readonly failed_reads_on_kill: number;
  readonly ejected_after_kill_ms: number;
  readonly failed_reads_on_pause: number;
  readonly ejected_after_pause_ms: number;
  readonly p99_ms_while_paused: number;
}

/** Kills one of two standbys, then stops it. */
export async function measureFaults(): Promise<FaultFigures> {
  await using servers = await postgres({ standbys: 2 });
  const reader = await openReader(servers.mikroOrmOptions(), {});
  const [replica] = servers.replicas;
  await Promise.all(servers.replicas.map(one => one.caughtUp()));
  await readWhile(reader, READERS, () => pause(2 * AFTER_MS));
  const times = { kill: 0, pause: 0 };
  const killed = await readWhile(reader, READERS, async () => {
    times.kill = await untilOut(reader, 'replica-0', () => replica.kill());
    await pause(AFTER_MS);
  });
  await replica.restart();
  await readWhile(reader, 1, () => isBack(reader));
  const paused = await readWhile(reader, READERS, async () => {
    times.pause = await untilOut(reader, 'replica-0', () => replica.pause());
    await pause(AFTER_MS);
  });
  await replica.resume();
  await reader.orm.close(true);
  return {
    failed_reads_on_kill: killed.failed,
    ejected_after_kill_ms: times.kill,
    failed_reads_on_pause: paused.failed,
    ejected_after_pause_ms: times.pause,
    p99_ms_while_paused: paused.p99Ms,
  };
}

function isBack({ orm }: Reader): Promise<unknown> {
  const state = (): string | undefined => getReadWriteSplit(orm).nodes()[1]?.state;
  return until(() => state() === 'in' || state() === 'ramping', { what: 'the replica to be back' });
}

const SKEWED_READERS = 20;
const SKEW_MS = 20;
const SECONDS = 3;

/** How many times more reads `latency` gets answered than `random`, when one of two replicas takes 20 ms longer. */
export async function measureSkew(): Promise<number> {
  await using servers = await postgres({ standbys: 2 });
  await using slow = await faultProxy(servers.replicas[0]);
  slow.latency(SKEW_MS / 2);
  const options = servers.mikroOrmOptions();
  const replicas = options.replicas.map((replica, at) => (at === 0 ? { ...replica, port: slow.port } : replica));
  const count = async (balance: 'latency' | 'random'): Promise<number> => {
    const reader = await openReader({ ...options, replicas }, { balance });
    await Promise.all(servers.replicas.map(one => one.caughtUp()));
    await readWhile(reader, SKEWED_READERS, () => pause(AFTER_MS));
    const { reads } = await readWhile(reader, SKEWED_READERS, () => pause(SECONDS * 1_000));
    await reader.orm.close(true);
    return reads;
  };
  const random = await count('random');
  return (await count('latency')) / random;
}
