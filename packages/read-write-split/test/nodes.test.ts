import { describe, expect, it } from 'vitest';

import { balancerOf } from '../src/balance/balancer-of.ts';
import type { Balancer, Candidate } from '../src/balance/candidate.ts';
import { latency } from '../src/balance/latency.ts';
import { leastInFlight } from '../src/balance/least-in-flight.ts';
import { random } from '../src/balance/random.ts';
import { roundRobin } from '../src/balance/round-robin.ts';
import { failureOf } from '../src/nodes/failure.ts';
import { lagOf } from '../src/nodes/lag-judgement.ts';
import { LagRing } from '../src/nodes/lag-ring.ts';
import { ejectionMs, shareOf } from '../src/nodes/node-state.ts';
import { type Claim, judgeRoles } from '../src/nodes/roles.ts';
import { Traffic } from '../src/nodes/traffic.ts';
import { within } from '../src/nodes/within.ts';
import { postgresPositions } from '../src/positions/postgres-positions.ts';
import { ConcurrencyGate } from '../src/route/concurrency-gate.ts';

const lsn = (low: number) => {
  const position = postgresPositions.parse(`1/0/${low.toString(16).toUpperCase()}`);
  if (!position) throw new TypeError('no position');
  return position;
};

const claim = (name: string, role: Claim['role'], timeline?: number, isCredible = true): Claim => ({
  name,
  role,
  timeline,
  isCredible,
  copiesNobody: false,
});
const standalone = (name: string): Claim => ({ ...claim(name, 'primary', undefined, false), copiesNobody: true });

const candidate = (name: string, more: Partial<Candidate> = {}): Candidate => ({
  name,
  weight: 1,
  inFlight: 0,
  expectedMs: 1,
  ...more,
});

describe('lag', () => {
  it('is zero at the primary’s last position, however long ago that was written', () => {
    const ring = new LagRing();
    ring.add(lsn(1), 1_000);
    ring.add(lsn(1), 60_000);
    expect(ring.lagMs(lsn(1))).toBe(0);
  });

  it('is the age of the newest position that was reached', () => {
    const ring = new LagRing();
    for (let second = 0; second <= 10; second++) ring.add(lsn(second), second * 1_000);
    expect([ring.lagMs(lsn(10)), ring.lagMs(lsn(7)), ring.lagMs(lsn(0))]).toEqual([0, 3_000, 10_000]);
  });

  it('grows with an idle primary, too, for a replica that has not reached its position', () => {
    const ring = new LagRing();
    ring.add(lsn(5), 1_000);
    ring.add(lsn(5), 9_000);
    expect(ring.lagMs(lsn(4))).toBe(8_000);
  });

  it('is remembered for 300 positions, and at least that much beyond', () => {
    const ring = new LagRing();
    for (let second = 0; second < 1_000; second++) ring.add(lsn(second), second * 1_000);
    expect(ring.lagMs(lsn(5))).toBe(299_000);
  });
});

describe('what a replica says of its lag', () => {
  const ring = new LagRing();
  ring.add(lsn(5), 1_000);
  ring.add(lsn(6), 2_000);
  const lagAt = (position: number, replayedMsAgo: number): unknown => {
    const standing = { role: 'replica', position: lsn(position), origin: 'a', origins: new Set(['a']) } as const;
    return lagOf({ standing, vitals: { isFollower: true, replicates: 'yes', replayedMsAgo } }, ring);
  };

  it('counts when it was behind before anybody looked, and not for an idle primary', () => {
    expect([lagAt(4, 3_600_000), lagAt(4, 10), lagAt(5, 3_600_000), lagAt(6, 3_600_000)]).toEqual([
      3_600_000, 1_000, 1_000, 0,
    ]);
  });
});

describe('ejection', () => {
  const options = { minMs: 5_000, maxMs: 60_000, successes: 2, rampMs: 30_000 };

  it('doubles from 5 s to 60 s, give or take a fifth', () => {
    expect([1, 2, 3, 4, 5, 9].map(failures => ejectionMs(failures, options, 0.5))).toEqual([
      5_000, 10_000, 20_000, 40_000, 60_000, 60_000,
    ]);
    expect([0, 1].map(jitter => Math.round(ejectionMs(1, options, jitter)))).toEqual([4_000, 6_000]);
  });

  it('is followed by a share that grows for 30 s', () => {
    const back = { kind: 'in', since: 1_000, ramps: true } as const;
    expect([1_000, 16_000, 31_000].map(now => shareOf(back, options.rampMs, now))).toEqual([0.05, 0.5, 1]);
  });
});

describe('of the nodes that say that they are the primary', () => {
  it.each<[string, readonly Claim[], object]>([
    ['the one in use stays while it is alone', [claim('a', 'primary', 1), claim('b', 'replica')], { kind: 'keep' }],
    ['nobody replaces one that is only gone', [claim('b', 'replica'), claim('c', 'replica')], { kind: 'keep' }],
    ['the only one is followed when that in use is gone', [claim('b', 'primary')], { kind: 'promote', name: 'b' }],
    ['a higher timeline wins', [claim('a', 'primary', 1), claim('b', 'primary', 2)], { kind: 'promote', name: 'b' }],
    ['a lower timeline does not', [claim('a', 'primary', 2), claim('b', 'primary', 1)], { kind: 'keep' }],
    ['equal timelines decide nothing', [claim('a', 'primary', 2), claim('b', 'primary', 2)], { kind: 'undecided' }],
    [
      'two others without timelines decide nothing',
      [claim('b', 'primary'), claim('c', 'primary')],
      { kind: 'undecided' },
    ],
    ['a writable replica is not believed', [claim('b', 'primary', undefined, false)], { kind: 'keep' }],
    [
      'but when the one in use says that it is a replica',
      [claim('a', 'replica'), claim('b', 'primary', undefined, false)],
      { kind: 'promote', name: 'b' },
    ],
  ])('%s, in whatever order they answer', (_rule, claims, verdict) => {
    expect(judgeRoles('a', claims, false)).toMatchObject(verdict);
    expect(judgeRoles('a', claims.toReversed(), false)).toMatchObject(verdict);
  });

  it('one that copies nobody is followed when that in use is gone, and left to an operator before', () => {
    const heir = standalone('b');
    const undecided = { kind: 'undecided', names: ['a', 'b'] };
    expect(judgeRoles('a', [claim('a', 'primary'), heir, claim('c', 'replica')], false)).toEqual(undecided);
    expect(judgeRoles('a', [heir], false)).toEqual({ kind: 'keep' });
    expect(judgeRoles('a', [heir, claim('c', 'replica')], true)).toMatchObject({ kind: 'promote', name: 'b' });
    expect(judgeRoles('a', [heir, standalone('c')], true)).toMatchObject({ kind: 'undecided' });
  });
});

describe('a balancer', () => {
  const chances = Array.from({ length: 1_000 }, (_, turn) => ({ turn, first: (turn % 10) / 10, second: 0.5 }));
  const shares = (balance: Balancer, candidates: readonly Candidate[]): number[] => {
    const chosen = chances.map(chance => balance(candidates, chance));
    return candidates.map(
      (_, at) => Math.round((10 * chosen.filter(index => index === at).length) / chances.length) / 10,
    );
  };

  it('by weight gives each its share', () => {
    expect(shares(random, [candidate('a', { weight: 4 }), candidate('b')])).toEqual([0.8, 0.2]);
  });

  it('by turns gives each as much, and one that is back less', () => {
    expect(shares(roundRobin, [candidate('a'), candidate('b')])).toEqual([0.5, 0.5]);
    expect(shares(roundRobin, [candidate('a', { weight: 0.05 }), candidate('b')])[1]).toBeGreaterThan(0.8);
  });

  it('by reads in flight takes the one with fewest for its weight', () => {
    expect(shares(leastInFlight, [candidate('a', { inFlight: 3 }), candidate('b', { inFlight: 2 })])).toEqual([0, 1]);
    expect(shares(leastInFlight, [candidate('a'), candidate('b'), candidate('c')])).toEqual([0.3, 0.3, 0.3]);
  });

  it('by latency takes the quicker of two, and one in flight counts as one wait', () => {
    expect(shares(latency, [candidate('a', { expectedMs: 3 }), candidate('b')])).toEqual([0, 1]);
    expect(shares(latency, [candidate('a', { expectedMs: 3 }), candidate('b', { inFlight: 5 })])).toEqual([1, 0]);
    expect(latency([candidate('a')], { turn: 0, first: 0, second: 0 })).toBe(0);
  });
});

const rejects = async (): Promise<string> => Promise.reject(new Error('late'));
const unexpected = (message: string): void => expect.unreachable(message);

describe('a balance function of the application', () => {
  const chance = { turn: 0, first: 0, second: 0 };
  const nodes = [candidate('a', { inFlight: 2 }), candidate('b')];

  it('may empty the list that it is given, and is taken by its word', () => {
    const emptying = balancerOf(list => (Array.isArray(list) && list.splice(0)[1]?.name) || '', unexpected);
    expect(emptying(nodes, chance)).toBe(1);
  });

  it('that chooses nobody, or gives a promise, is warned of once, and latency decides', () => {
    const warnings: string[] = [];
    const warn = (message: string): void => void warnings.push(message);
    // @ts-expect-error: an async function gives no name
    const bad = [balancerOf(() => 'c', warn), balancerOf(rejects, warn)];
    for (const balance of bad) expect([balance(nodes, chance), balance(nodes, chance)]).toEqual([1, 1]);
    expect(warnings.map(text => text.split(',')[0])).toEqual([
      'the balance function chose none of its candidates',
      'the balance function gave a promise',
    ]);
  });
});

describe('a call that a node does not answer', () => {
  it('makes the node expected to be as slow as it has been waiting', () => {
    const traffic = new Traffic();
    void traffic.run(() => new Promise(() => undefined));
    expect(traffic.expectedMs(performance.now() + 5_000)).toBeGreaterThan(4_900);
    expect(traffic.inFlight).toBe(1);
  });

  it('ends when it is given up, and what comes of it later is undone', async () => {
    const traffic = new Traffic();
    const late = Promise.withResolvers<string>();
    const undone: string[] = [];
    const call = traffic.run(() => late.promise, { undo: result => void undone.push(result) });
    traffic.abandonAll(new Error('given up'));
    await expect(call).rejects.toThrow('given up');
    late.resolve('a transaction');
    await late.promise;
    expect([undone, traffic.inFlight]).toEqual([['a transaction'], 0]);
  });

  it('is told from one whose answer came while this process was busy', async () => {
    const answer = new Promise(resolve => setTimeout(resolve, 20, 'late'));
    const asked = within(10, answer);
    const busyUntil = performance.now() + 400;
    while (performance.now() < busyUntil);
    expect(await asked).toEqual({ kind: 'answer', value: 'late' });
  });
});

it('reads that wait for the primary get their turn in order, or an error when there are too many', async () => {
  const gate = new ConcurrencyGate(1);
  const order: number[] = [];
  const first = Promise.withResolvers<void>();
  const running = [gate.run(() => first.promise), ...[1, 2, 3].map(at => gate.run(async () => void order.push(at)))];
  expect(order).toEqual([]);
  first.resolve();
  await Promise.all(running);
  expect(order).toEqual([1, 2, 3]);
  const held = Promise.withResolvers<void>();
  const many = Array.from({ length: 1_001 }, () => gate.run(() => held.promise));
  await expect(gate.run(() => held.promise)).rejects.toMatchObject({ code: 'OVERLOADED' });
  held.resolve();
  await Promise.all(many);
});

it.each<[object, string | undefined]>([
  [{ code: 'ECONNREFUSED' }, 'refused'],
  [{ code: '57P01' }, 'lost'],
  [{ code: '57P03' }, 'starting'],
  [{ code: '08006' }, 'lost'],
  [{ code: 'EAI_AGAIN' }, 'dns'],
  [{ code: '28P01' }, 'denied'],
  [{ code: 'ER_ACCESS_DENIED_ERROR' }, 'denied'],
  [{ code: 'CERT_HAS_EXPIRED' }, 'denied'],
  [{ code: '53300' }, 'exhausted'],
  [{ code: 'ER_CON_COUNT_ERROR' }, 'exhausted'],
  [{ code: '40001', message: 'canceling statement due to conflict with recovery' }, 'conflict'],
  [{ code: '40001', message: 'could not serialize access' }, undefined],
  [{ message: 'Connection terminated unexpectedly' }, 'lost'],
  [{ message: 'timeout exceeded when trying to connect' }, 'exhausted'],
  [{ errno: 1927 }, 'lost'],
  [{ code: 'ER_SERVER_OFFLINE_MODE' }, 'denied'],
  [{ code: '53100', message: 'could not write to file: No space left on device' }, 'ailing'],
  [{ code: 'ER_RECORD_FILE_FULL' }, 'ailing'],
  [{ code: 'SQLITE_IOERR_SHORT_READ' }, 'ailing'],
  [{ code: 'SQLITE_CONSTRAINT_UNIQUE' }, undefined],
  [{ code: 'ENOENT', message: 'connect ENOENT /run/.s.PGSQL.5432' }, 'refused'],
  [{ code: 'ENOENT', message: 'no such file or directory, open a.txt' }, undefined],
  [{ message: 'received invalid response: 0' }, 'lost'],
  [{ code: '25006' }, 'read only'],
  [{ code: '42P01', message: 'relation "Connection terminated" does not exist' }, 'behind'],
  [{ code: '42601', message: 'syntax error at or near "Connection terminated"' }, undefined],
  [{ code: '40P01', message: 'canceling statement due to conflict with recovery' }, 'conflict'],
  [{ code: '40P01', message: 'deadlock detected' }, undefined],
  [{ code: '0A000', message: 'cannot use serializable mode in a hot standby' }, 'read only'],
  [{ code: '0A000', message: 'cross-database references are not implemented' }, undefined],
  [{ code: 'ER_OPTION_PREVENTS_STATEMENT', message: 'running with the --super-read-only option' }, 'read only'],
  [{ code: 'ER_OPTION_PREVENTS_STATEMENT', message: 'running with the --secure-file-priv option' }, undefined],
  [{ code: '57014', message: 'canceling statement due to user request' }, undefined],
])('the error %j says of its node: %s', (fields, failure) => {
  expect(failureOf(Object.assign(new Error(), fields))).toBe(failure);
});
