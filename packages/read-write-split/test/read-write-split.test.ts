import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { getReadWriteSplit, readWriteSplit, type ReadWriteSplitOptions, type Route } from '@mikro-kit/read-write-split';
import { RequestContext } from '@mikro-orm/core';
import { MikroORM, SqliteDriver } from '@mikro-orm/sqlite';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';

import { Marker, threeNodes, type ThreeNodes } from './three-nodes.ts';

interface Tables {
  marker: { id: number; node: string };
}

class DriverWithoutReplicas extends SqliteDriver {
  protected override readonly replicas = [];
}

const opened: ThreeNodes[] = [];
let nodes: ThreeNodes;

function open(...args: Parameters<typeof threeNodes>): ThreeNodes {
  const made = threeNodes(...args);
  opened.push(made);
  return made;
}

beforeEach(() => {
  nodes = open();
});

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(opened.splice(0).map(made => made.close()));
});

const inRequest = <T>(fn: () => Promise<T>): Promise<T> => RequestContext.create(nodes.orm.em, fn);
const explain = (): string => nodes.split.explain();
const write = async (id = 2): Promise<unknown> => nodes.orm.em.fork().insert(Marker, { id, node: 'written' });

async function whoAnswersOfAll(): Promise<unknown> {
  const markers = await nodes.orm.em.fork().find(Marker, {}, { populate: ['notes'], strategy: 'select-in' });
  return [await nodes.whoAnswers(), markers.flatMap(marker => marker.notes.getItems().map(note => note.text))];
}

describe('a read', () => {
  it('goes to the replicas in turn outside of a request', async () => {
    expect([await nodes.whoAnswers(), await nodes.whoAnswers(), await nodes.whoAnswers()]).toEqual([
      'replica-0',
      'oslo',
      'replica-0',
    ]);
  });

  it('goes to any replica at random when asked to', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.9);
    expect(await open({ balance: 'random' }).whoAnswers()).toBe('oslo');
    random.mockReturnValue(0.1);
    expect(await open({ balance: 'random' }).whoAnswers()).toBe('replica-0');
    random.mockRestore();
  });

  it('stays on one replica for a whole request, in every fork and populated relations too', async () => {
    expect(await Promise.all([inRequest(whoAnswersOfAll), inRequest(whoAnswersOfAll)])).toEqual([
      ['replica-0', ['on replica-0']],
      ['oslo', ['on oslo']],
    ]);
  });

  it('goes to the primary by connectionType, in write() and in a transaction', async () => {
    const { orm, split, whoAnswers } = nodes;
    const byType = await orm.em.fork().findOneOrFail(Marker, 1, { connectionType: 'write' });
    const inTransaction = await orm.em.fork().transactional(em => em.findOneOrFail(Marker, 1));
    expect([byType.node, inTransaction.node, await split.write(whoAnswers)]).toEqual(['primary', 'primary', 'primary']);
  });

  it('goes to the primary in a transaction begun by hand in a request, though it asks for a replica', async () => {
    await inRequest(async () => {
      await nodes.orm.em.begin();
      expect(nodes.split.explain()).toBe('primary: inside a transaction');
      await nodes.orm.em.rollback();
    });
  });

  it('takes nothing from the request of another ORM of the same name', async () => {
    const other = open();
    await RequestContext.create(other.orm.em, async () => {
      expect(nodes.split.explain()).toBe('replica-0: round-robin, outside of a request');
    });
  });
});

describe('read() and write()', () => {
  it('keep the reads of one scope on one replica', async () => {
    const { split, whoAnswers } = nodes;
    const twice = async (): Promise<string[]> => [await whoAnswers(), await whoAnswers()];
    expect([await split.read(twice), await split.read(twice)]).toEqual([
      ['replica-0', 'replica-0'],
      ['oslo', 'oslo'],
    ]);
  });

  it('let the innermost count', async () => {
    const { split, whoAnswers } = nodes;
    expect(await split.write(() => split.read(whoAnswers))).toBe('replica-0');
    expect(await split.read(() => split.write(whoAnswers))).toBe('primary');
  });

  it('still send writes inside read() to the primary', async () => {
    await nodes.split.read(() => write());
    expect(await nodes.split.write(() => nodes.orm.em.fork().count(Marker))).toBe(2);
  });

  it('return what the function returns', () => {
    expect(nodes.split.read(() => 1)).toBe(1);
    expectTypeOf(nodes.split.write(async () => 'a')).resolves.toEqualTypeOf<string>();
  });
});

describe('sticky', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
  });

  it('reads from the primary after a write of the same request, until stickyMs have passed', async () => {
    await inRequest(async () => {
      const before = await nodes.whoAnswers();
      await write();
      vi.advanceTimersByTime(1_999);
      expect(await nodes.whoAnswers()).toBe('primary');
      vi.advanceTimersByTime(1);
      expect(await nodes.whoAnswers()).toBe(before);
    });
  });

  it('leaves other requests on the replicas', async () => {
    await inRequest(() => write());
    expect(await inRequest(nodes.whoAnswers)).not.toBe('primary');
  });

  it('counts from the commit, not from the write before it', async () => {
    await inRequest(async () => {
      await nodes.orm.em.transactional(async em => {
        await em.insert(Marker, { id: 2, node: 'written' });
        vi.advanceTimersByTime(5_000);
      });
      vi.advanceTimersByTime(1_000);
      expect(await nodes.whoAnswers()).toBe('primary');
    });
  });

  it('is not caused by a transaction that only read', async () => {
    await inRequest(async () => {
      await nodes.orm.em.transactional(em => em.count(Marker));
      expect(await nodes.whoAnswers()).toBe('replica-0');
    });
  });

  it('sees what is written through Kysely', async () => {
    await inRequest(async () => {
      await nodes.orm.em.getKysely<Tables>().insertInto('marker').values({ id: 2, node: 'kysely' }).execute();
      expect(await nodes.whoAnswers()).toBe('primary');
    });
  });

  it('is shared by everything outside of a request', async () => {
    await write();
    expect(await nodes.whoAnswers()).toBe('primary');
  });

  it('gives way to read()', async () => {
    await inRequest(async () => {
      await write();
      expect(await nodes.split.read(nodes.whoAnswers)).toBe('replica-0');
    });
  });

  it('is off under eventual', async () => {
    nodes = open({ consistency: 'eventual' });
    await inRequest(async () => {
      await write();
      expect(await nodes.whoAnswers()).toBe('replica-0');
    });
  });
});

describe('a write on a replica', () => {
  it.each([
    [
      'a query builder of type read',
      () => nodes.orm.em.fork().qb(Marker, 'm', 'read').update({ node: 'changed' }).where({ id: 1 }).execute(),
    ],
    [
      'raw SQL',
      () => nodes.orm.em.fork().execute("update marker set node = 'changed'", [], { connectionType: 'read' }),
    ],
  ])('by %s is run on the primary instead', async (_by, send) => {
    await inRequest(async () => {
      await send();
      expect(await nodes.whoAnswers()).toBe('changed');
    });
    expect(await nodes.split.read(nodes.whoAnswers)).toMatch(/replica-0|oslo/);
  });

  it('by Kysely, where it can only be seen on its way, is refused and changes nothing', async () => {
    const deletion = nodes.orm.em.fork().getKysely<Tables>({ type: 'read' }).deleteFrom('marker').execute();
    await expect(deletion).rejects.toThrow(/Refused a write on \S+: primary takes writes/);
    expect([await nodes.whoAnswers(), await nodes.whoAnswers()].toSorted()).toEqual(['oslo', 'replica-0']);
  });

  it('leaves a transaction of reads on a replica alone', async () => {
    const replica = nodes.orm.em.getConnection('read');
    const rows = await replica.transactional(trx => replica.execute('select node from marker', [], 'all', trx));
    expect(rows).toEqual([{ node: 'replica-0' }]);
  });
});

describe('a replica', () => {
  it.each<[what: string, dbName: string]>([
    ['has no folder', join(tmpdir(), 'no such folder', 'marker.db')],
    ['has a file that is no database', fileURLToPath(import.meta.url)],
  ])('that %s is passed over', async (_, dbName) => {
    const { whoAnswers } = open({}, { replicas: [{ name: 'broken', driverOptions: { dbName } }] });
    expect([await whoAnswers(), await whoAnswers()]).toEqual(['primary', 'primary']);
  });

  it('that has no file in a folder that is there makes none', async () => {
    const dbName = join(mkdtempSync(join(tmpdir(), 'read-write-split-')), 'marker.db');
    const { whoAnswers } = open({}, { replicas: [{ name: 'broken', driverOptions: { dbName } }] });
    expect([await whoAnswers(), existsSync(dbName)]).toEqual(['primary', false]);
    rmSync(dirname(dbName), { recursive: true });
  });
});

describe('says why', () => {
  it('in one line, of the next read, without taking its turn', async () => {
    expect([explain(), explain()]).toEqual(Array(2).fill('replica-0: round-robin, outside of a request'));
    expect(await nodes.whoAnswers()).toBe('replica-0');
  });

  it.each<[where: string, ask: () => unknown, says: string]>([
    ['a request', () => inRequest(async () => explain()), 'replica-0: one replica for the whole request'],
    ['read()', () => nodes.split.read(explain), 'replica-0: inside read()'],
    ['write()', () => nodes.split.write(explain), 'primary: inside write()'],
    ['a transaction', () => nodes.orm.em.fork().transactional(async () => explain()), 'primary: inside a transaction'],
    [
      'a request that wrote',
      () => inRequest(() => write().then(explain)),
      'primary: wrote 0 ms ago, sticky for 2000 ms',
    ],
  ])('in %s', async (_where, ask, says) => {
    vi.useFakeTimers({ toFake: ['performance'] });
    expect(await ask()).toBe(says);
  });

  it('when there are no replicas', async () => {
    expect(open({}, { replicas: [] }).split.explain()).toBe('primary: there are no replicas');
  });

  it('as an event for each read, until the listener is removed, and whatever it throws', async () => {
    const routes: Route[] = [];
    nodes.split.on('routed', () => {
      throw new Error('a bug in a listener');
    });
    const stop = nodes.split.on('routed', route => routes.push(route));
    await nodes.whoAnswers();
    await nodes.split.write(nodes.whoAnswers);
    stop();
    await nodes.whoAnswers();
    expect(routes).toEqual([
      { node: 'replica-0', reason: 'balanced', why: 'round-robin, outside of a request' },
      { node: 'primary', reason: 'write scope', why: 'inside write()' },
    ]);
  });
});

it('is out of the way while it is switched off', async () => {
  nodes.split.enabled = false;
  expect(nodes.split.explain()).toBe('host: the split is switched off');
  expect(await nodes.split.write(nodes.whoAnswers)).not.toBe('primary');
  await nodes.orm.em.fork().qb(Marker, 'm', 'read').update({ node: 'changed' }).where({ id: 1 }).execute();
});

describe('registration', () => {
  it('opens no connection by itself', async () => {
    expect(await nodes.orm.checkConnection()).toEqual({ ok: false, reason: 'Connection not established' });
  });

  it('steps aside with a warning when the driver makes no replica connections', async () => {
    const warnings: string[] = [];
    const { split, whoAnswers } = open({}, { driver: DriverWithoutReplicas, logger: line => warnings.push(line) });
    expect(await whoAnswers()).toBe('primary');
    expect(split.explain()).toBe('primary: there are no replicas');
    expect(warnings).toEqual([expect.stringContaining('read-write-split: DriverWithoutReplicas made no connection')]);
  });

  it('says how to register when it is not', async () => {
    await using orm = new MikroORM({
      entities: [Marker],
      dbName: ':memory:',
      discovery: { checkNonPersistentCompositeProps: false },
    });
    expect(() => getReadWriteSplit(orm)).toThrow(
      expect.objectContaining({
        name: 'ReadWriteSplitError',
        code: 'NOT_REGISTERED',
        message: expect.stringContaining('extensions'),
      }),
    );
  });

  it.each<[options: object, code: string, says: string]>([
    [
      { consistency: 'strong' },
      'INVALID_OPTION',
      "consistency must be 'causal' or 'sticky' or 'eventual', not 'strong'.",
    ],
    [{ mode: 'slow' }, 'INVALID_OPTION', "mode must be 'fast' or 'wait', not 'slow'."],
    [{ stickyMs: -1 }, 'INVALID_OPTION', 'stickyMs must be 0 or more, not -1.'],
    [{ stickyMs: Number.NaN }, 'INVALID_OPTION', 'stickyMs must be 0 or more, not NaN.'],
    [{ enabled: 'false' }, 'INVALID_OPTION', "enabled must be true or false, not 'false'."],
    [{ retry: null }, 'INVALID_OPTION', 'retry must be an object, not null.'],
    [
      { probe: { interval: 5 } },
      'INVALID_OPTION',
      'There is no option probe.interval; there are intervalMs, timeoutMs, silences.',
    ],
    [{ primaryFunctions: 'f' }, 'INVALID_OPTION', 'primaryFunctions must be a list of names.'],
  ])('refuses %j', (options, code, message) => {
    expect(() => readWriteSplit(options)).toThrow(expect.objectContaining({ code, message }));
  });

  it('refuses an option that it does not know, and tells which there are', () => {
    expect(() => readWriteSplit(JSON.parse('{ "maxLag": 5 }'))).toThrow(
      /There is no option maxLag; there are .*maxLagMs/,
    );
    expect(() => open({ weights: { olso: 2 } })).toThrow(
      "There is no node 'olso' to give a weight to; there are primary, replica-0, oslo.",
    );
  });

  it('refuses nodes of one name, which could not be told apart, and to be registered twice', () => {
    expect(() => open({}, { replicas: [{ name: 'primary' }] })).toThrow("Two nodes are called 'primary'");
    expect(() => open({}, { replicas: [{ name: 'replica-1' }, {}] })).toThrow("Two nodes are called 'replica-1'");
    const twice = [readWriteSplit({ consistency: 'sticky' }), readWriteSplit({ consistency: 'sticky' })];
    expect(() => new MikroORM({ entities: [Marker], dbName: ':memory:', extensions: twice })).toThrow(/twice/);
  });

  it('knows its consistencies by type', () => {
    expectTypeOf<ReadWriteSplitOptions['consistency']>().toEqualTypeOf<'causal' | 'sticky' | 'eventual' | undefined>();
  });
});
