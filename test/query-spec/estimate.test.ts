import { expect, it } from 'vitest';

import { describeWithAny } from '../servers/index.ts';
import { openWorld } from './open-world.ts';

await describeWithAny('postgres', 'an estimated total', () => {
  it("is the planner's guess for many rows, filters of the EntityManager included, and a count for few", async () => {
    const { database: open, entities, query } = await openWorld('postgres');
    await using database = open;
    const { em } = database.orm;
    const rows = Array.from({ length: 8000 }, (_, i) => ({ id: i + 1, name: `?:a${i}`, capital: i % 2 === 0 }));
    await em.fork().insertMany(entities.City, rows);
    await em.getConnection().execute('analyze city');
    const [many, few] = [
      query.parse({ filters: { name: ['startsWith', '?:a'] } }),
      query.parse({ filters: { id: 5 } }),
    ];
    const all = await query.list(em.fork(), many, { total: 'estimated' });
    expect(all.totalKind).toBe('estimated');
    expect(Math.abs((all.total ?? 0) - 8000)).toBeLessThan(800);
    expect(await query.list(em.fork(), few, { total: 'estimated' })).toMatchObject({ total: 1, totalKind: 'exact' });
    const tenant = em.fork();
    tenant.addFilter({ name: 'tenant', cond: { capital: true }, entity: entities.City });
    const half = await query.list(tenant, many, { total: 'estimated' });
    expect(Math.abs((half.total ?? 0) - 4000)).toBeLessThan(800);
  });
});
