import { MikroORM, defineEntity, p } from '@mikro-orm/sqlite';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { namedConnections } from '../src/nodes/host-connection.ts';
import type { Findings } from '../src/nodes/lag-judgement.ts';
import { NodeTable } from '../src/nodes/node-table.ts';
import { TrackedNode } from '../src/nodes/tracked-node.ts';
import { resolveOptions } from '../src/read-write-split-options.ts';

const City = defineEntity({ name: 'City', properties: { id: p.integer().primary() } });
const orm = new MikroORM({ entities: [City], dbName: ':memory:', replicas: [{ name: 'replica' }] });
const never = (): never => {
  throw new TypeError('no database is asked');
};

/** What a PostgreSQL server says that takes writes. */
const primaryOf = (cluster: string, timeline: number): Findings => ({
  standing: { role: 'primary', position: undefined, origin: cluster, origins: new Set([cluster]) },
  vitals: { replicates: 'unknown', isFollower: false, timeline },
  cluster: new Set([cluster]),
});

describe('a replica that takes writes, on a higher timeline', () => {
  let table: NodeTable;
  let primary: TrackedNode;
  let replica: TrackedNode;
  let warnings: string[];

  beforeEach(() => {
    const connections = namedConnections(orm);
    if (connections === 'unknown') throw new TypeError('no connections');
    const [first = connections.primary] = connections.replicas;
    warnings = [];
    primary = new TrackedNode(connections.primary, 'primary', never, never);
    replica = new TrackedNode(first, 'replica', never, never);
    const tell = { ejected() {}, readmitted() {}, promoted() {}, lagging() {} };
    const options = { ...resolveOptions({}), silences: 3 };
    table = new NodeTable(primary, [replica], options, { tell, warn: line => warnings.push(line), onSilence() {} });
  });
  afterAll(() => orm.close());

  it('is followed in the cluster of the primary', () => {
    table.answered(primary, primaryOf('a', 1), 0);
    table.answered(replica, primaryOf('a', 2), 0);
    expect(table.primary).toBe(replica);
  });

  it('is out, and gets no writes, when it is of another cluster, in whatever order they answer', () => {
    table.answered(replica, primaryOf('b', 2), 0);
    expect(table.primary).toBe(primary);
    table.answered(primary, primaryOf('a', 1), 0);
    table.answered(replica, primaryOf('b', 2), 0);
    expect(table.primary).toBe(primary);
    expect(replica.state).toMatchObject({ kind: 'out', reason: 'fenced', why: 'is of another cluster than primary' });
  });

  it('is followed while the primary is down from the start', () => {
    table.failed(primary, 'refused', 'ECONNREFUSED', 0);
    table.answered(replica, primaryOf('a', 2), 0);
    expect(table.primary).toBe(replica);
  });

  it('is not followed while the primary is down from the start and another node is of another cluster, or has yet to tell', () => {
    const other = new TrackedNode({ name: 'other', connection: replica.connection }, 'replica', never, never);
    const tell = { ejected() {}, readmitted() {}, promoted() {}, lagging() {} };
    const options = { ...resolveOptions({}), silences: 3 };
    table = new NodeTable(primary, [replica, other], options, {
      tell,
      warn: line => warnings.push(line),
      onSilence() {},
    });
    table.failed(primary, 'refused', 'ECONNREFUSED', 0);
    table.answered(replica, primaryOf('b', 2), 0);
    expect([table.primary, warnings]).toEqual([primary, []]);
    table.answered(other, primaryOf('a', 2), 0);
    expect([table.primary, warnings]).toEqual([primary, [expect.stringContaining('nodes of different clusters')]]);
    table.answered(primary, primaryOf('a', 1), 0);
    expect(table.primary).toBe(other);
  });
});
