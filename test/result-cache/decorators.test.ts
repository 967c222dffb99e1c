import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, it, onTestFinished } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

/** What an application with decorators would be: two annotated classes, one that inherits, one that is not annotated. */
function application(decorators: 'es' | 'legacy'): string {
  return `
    import { Cacheable, getResultCache, resultCache } from '@mikro-kit/result-cache';
    import { Collection, MikroORM, PrimaryKeyProp, type Ref } from '@mikro-orm/sqlite';
    import { Entity, Enum, Formula, ManyToOne, OneToMany, PrimaryKey, Property } from '@mikro-orm/decorators/${decorators}';

    @Entity()
    @Cacheable({ expiration: 600_000, tags: ['geo'] })
    class Country {
      [PrimaryKeyProp]?: 'code';
      @PrimaryKey({ type: 'string' }) code!: string;
      @Property({ type: 'string' }) name!: string;
      @OneToMany(() => City, city => city.country) cities = new Collection<City>(this);
    }

    @Cacheable()
    @Entity({ discriminatorColumn: 'kind', discriminatorValue: 'city' })
    class City {
      @PrimaryKey({ type: 'integer' }) id!: number;
      @Enum({ items: ['city', 'capital'], type: 'string' }) kind!: string;
      @Property({ type: 'string' }) name!: string;
      @Property({ type: 'bigint' }) population!: bigint;
      @ManyToOne(() => Country, { ref: true }) country!: Ref<Country>;
      @Formula('length(name)', { type: 'integer' }) length?: number;
    }

    @Entity({ discriminatorValue: 'capital' })
    class Capital extends City {}

    @Entity()
    class Note { @PrimaryKey({ type: 'integer' }) id!: number; }

    const orm = await MikroORM.init({
      dbName: ':memory:', entities: [Country, City, Capital, Note], extensions: [resultCache()],
    });
    await orm.schema.create();
    await orm.em.fork().insert(Country, { code: 'PE', name: 'Peru' });
    await orm.em.fork().insert(City, { id: 1, kind: 'capital', name: 'Lima', population: 9007199254740991n, country: 'PE' });
    const read = async () => {
      const em = orm.em.fork();
      const country = await em.findOneOrFail(Country, 'PE', { populate: ['cities'] });
      const [capital] = await em.find(Capital, { name: { $ne: '' } });
      await em.find(Note, {});
      return [country.name, capital?.constructor.name, capital?.name, String(capital?.population), capital?.length];
    };
    const fresh = await read();
    const hit = await read();
    await orm.em.fork().nativeUpdate(Capital, 1, { name: 'Cusco' });
    const { hits, misses } = getResultCache(orm).stats();
    console.log(JSON.stringify({ fresh, hit, after: await read(), hits, misses }));
    await orm.close();
  `;
}

it('both kinds of decorators of the host are there', () => {
  const kinds = [import.meta.resolve('@mikro-orm/decorators/es'), import.meta.resolve('@mikro-orm/decorators/legacy')];
  expect(new Set(kinds).size).toBe(2);
});

it.each(['es', 'legacy'] as const)('@Cacheable works as tsc compiles it: %s decorators', async decorators => {
  const cache = join(root, 'test/node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'decorators-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'main.ts'), application(decorators));
  const options = ['--target', 'es2022', '--module', 'nodenext', '--strict', '--skipLibCheck', '--types', 'node'];
  const legacy = decorators === 'legacy' ? ['--experimentalDecorators'] : [];
  // The repository's own configuration lies above and is not asked.
  await run(join(root, 'node_modules/.bin/tsc'), [...options, ...legacy, '--ignoreConfig', 'main.ts'], { cwd: folder });
  const { stdout } = await run(process.execPath, ['main.js'], { cwd: folder });
  const rows = ['Peru', 'Capital', 'Lima', '9007199254740991', 4];
  expect(JSON.parse(stdout)).toEqual({
    fresh: rows,
    hit: rows,
    after: ['Peru', 'Capital', 'Cusco', '9007199254740991', 5],
    hits: 3,
    misses: 3,
  });
});
