import { ensureTap, statementTap, type StateChanges } from '@mikro-kit/statement-tap';
import { MikroORM as MariaDb } from '@mikro-orm/mariadb';
import { MikroORM as MySql } from '@mikro-orm/mysql';
import { expect, it } from 'vitest';

import { anyServer, describeWith } from '../servers/index.ts';
import { City } from './cities.ts';

const products = [
  { name: 'mysql', Orm: MySql, track: "set session session_track_gtids = 'OWN_GTID'" },
  {
    name: 'mariadb',
    Orm: MariaDb,
    track: "set session session_track_system_variables = concat(@@session_track_system_variables, ',last_gtid')",
  },
] as const;

for (const { name, Orm, track } of products) {
  await describeWith(name, `what a session's state tells on ${name}`, () => {
    it('names what each commit is called, of concurrent statements too, and nothing of reads and rollbacks', async () => {
      await using server = await anyServer(name);
      await using orm = await Orm.init({ entities: [City], clientUrl: server.url, extensions: [statementTap()] });
      await orm.schema.refresh();
      await orm.reconnect();
      const tap = ensureTap(orm);
      const prepared: string[] = [];
      tap.trackState(async (send, node) => {
        prepared.push(node);
        await send(track);
      });
      const seen: { command: string; id: string | undefined }[] = [];
      tap.observe(({ command, kind, stateChanges }) => seen.push({ command: command ?? kind, id: idIn(stateChanges) }));

      const em = orm.em.fork();
      await em
        .transactional(async tx => {
          await tx.insert(City, { id: 1, name: 'Oslo' });
          throw new Error('rolled back');
        })
        .catch(() => undefined);
      await em.transactional(tx => tx.insert(City, { id: 2, name: 'Bergen' }));
      await em.find(City, {});
      expect(seen.map(({ command }) => command)).toEqual('begin write rollback begin write commit read'.split(' '));
      expect(seen.filter(({ id }) => id !== undefined).map(({ command }) => command)).toEqual(['commit']);

      seen.length = 0;
      await Promise.all(Array.from({ length: 20 }, (_, n) => orm.em.fork().insert(City, { id: 10 + n, name: 'Voss' })));
      expect(new Set(seen.map(({ id }) => id)).size).toBe(20);
      expect(seen.every(({ id }) => id !== undefined)).toBe(true);
      expect(new Set(prepared)).toEqual(new Set(['primary']));
    });
  });
}

function idIn(changes: StateChanges | undefined): string | undefined {
  return changes?.gtids[0] ?? changes?.systemVariables['last_gtid'];
}
