import { getHealth, health } from '@mikro-kit/health';
import { readWriteSplit } from '@mikro-kit/read-write-split';
import { MikroORM } from '@mikro-orm/postgresql';
import { expect, it } from 'vitest';

import { describeWith, postgres, until } from '../servers/index.ts';

const TIMED_OUT = { timeout: 20_000 };

await describeWith('postgres', 'the health of an application with a read/write split', () => {
  it.each(['first', 'last'])('follows ejections and promotions when it is registered %s', async place => {
    await using servers = await postgres({ standbys: 2 });
    const extensions = [health(), readWriteSplit({ probe: { intervalMs: 200 }, eject: { minMs: 300 } })];
    await using orm = await MikroORM.init({
      entities: [],
      discovery: { warnWhenNoEntities: false },
      extensions: place === 'first' ? extensions : extensions.toReversed(),
      ...servers.mikroOrmOptions(),
    });
    const report = () => getHealth(orm).check();
    const is = (status: string) => until(async () => (await report()).status === status, { what: `to be ${status}` });
    const critical = async (): Promise<string[]> =>
      (await report()).checks.filter(check => check.critical).map(check => check.name);
    await orm.em.fork().execute('select 1', [], { connectionType: 'read' });
    await is('up');
    expect(await critical()).toEqual(['database:primary']);

    await servers.replicas[1].breakReplication();
    await is('degraded');
    const { ready, checks } = await report();
    expect([ready, ...checks.map(check => check.status)]).toEqual([true, 'up', 'up', 'degraded']);
    expect(checks[2]?.reason).toBe('Gets no queries: it receives no changes, so its lag is unknown');

    await servers.primary.kill();
    await is('down');
    await servers.replicas[0].promote();
    await expect.poll(critical, TIMED_OUT).toEqual(['database:replica-0']);
    await is('degraded');
    expect((await report()).checks.map(({ status }) => status)).toEqual(['down', 'up', expect.any(String)]);
  });
});
