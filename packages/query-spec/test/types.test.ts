import {
  type CollectionPath,
  type EntityQuery,
  type FieldPath,
  type FieldType,
  type FilterPath,
  type OperatorFor,
  type QuerySpec,
  type RelationPath,
  type RequireIndexed,
  type UnindexedSpec,
  defineQuerySpec,
} from '@mikro-kit/query-spec';
import type { Collection, EntityManager, InferEntity, Ref } from '@mikro-orm/sqlite';
import { describe, expect, expectTypeOf, it } from 'vitest';

import { City } from './world.ts';

class Nation {
  id!: bigint;
  code!: string;
  continent!: Continent;
}
class Continent {
  id!: number;
  label!: string;
  planet!: { id: number; name: string };
}
class Town {
  id!: number;
  name?: string;
  kind!: 'small' | 'large';
  open!: boolean;
  since!: Date | null;
  picture!: Uint8Array;
  token!: { toHexString(): string };
  nation!: Ref<Nation>;
  twin?: Town;
  visitors!: Collection<Nation>;
  shout(): string {
    return 'hey';
  }
}

describe('names are inferred from the entity', () => {
  it('own fields and to-one paths, two relations deep', () => {
    type Own = 'id' | 'name' | 'kind' | 'open' | 'since' | 'token';
    expectTypeOf<Exclude<FieldPath<Town>, `${string}.${string}`>>().toEqualTypeOf<Own>();
    expectTypeOf<'nation.code' | 'nation.continent.label' | 'twin.nation.id'>().toExtend<FieldPath<Town>>();
    expectTypeOf<'nation.continent.planet.name'>().not.toExtend<FieldPath<Town>>();
    expectTypeOf<'visitors.code' | 'picture' | 'shout' | 'nation'>().not.toExtend<FieldPath<Town>>();
  });

  it('to-many relations, and what lies behind them', () => {
    expectTypeOf<CollectionPath<Town>>().toEqualTypeOf<'visitors' | 'twin.visitors'>();
    expectTypeOf<'visitors.code' | 'visitors.continent.label' | 'twin.visitors.code'>().toExtend<FilterPath<Town>>();
    expectTypeOf<'visitors' | 'visitors.cod'>().not.toExtend<FilterPath<Town>>();
  });

  it('relations to populate', () => {
    expectTypeOf<'nation' | 'twin' | 'visitors' | 'nation.continent'>().toExtend<RelationPath<Town>>();
    expectTypeOf<'name' | 'token'>().not.toExtend<RelationPath<Town>>();
  });

  it('types at the end of a path', () => {
    expectTypeOf<FieldType<Town, 'nation.continent.label'>>().toEqualTypeOf<string>();
    expectTypeOf<FieldType<Town, 'since'>>().toEqualTypeOf<Date>();
  });

  it('operators that suit the type', () => {
    expectTypeOf<OperatorFor<boolean>>().toEqualTypeOf<'eq' | 'ne' | 'in' | 'nin' | 'isNull'>();
    expectTypeOf<'startsWith'>().toExtend<OperatorFor<string>>();
    expectTypeOf<'startsWith'>().not.toExtend<OperatorFor<number>>();
    expectTypeOf<'between'>().toExtend<OperatorFor<Date>>();
  });
});

const definitions = (): void => {
  defineQuerySpec(City, { filter: { name: ['eq', 'startsWith'], 'country.code': ['in'], 'sister.name': ['eq'] } });
  // @ts-expect-error no such field
  defineQuerySpec(City, { filter: { nme: ['eq'] } });
  // @ts-expect-error no such field of the relation
  defineQuerySpec(City, { filter: { 'country.cod': ['eq'] } });
  defineQuerySpec(City, { filter: { sisters: ['some', 'none', 'every', 'size'], 'sisters.name': ['eq'] } });
  // @ts-expect-error a field of a to-many relation cannot be sorted by
  defineQuerySpec(City, { sort: ['sisters.name'] });
  // @ts-expect-error no such field behind the relation
  defineQuerySpec(City, { filter: { sisters: ['some'], 'sisters.nme': ['eq'] } });
  // @ts-expect-error a to-many relation has quantifiers alone
  defineQuerySpec(City, { filter: { sisters: ['eq'] } });
  // @ts-expect-error a to-one relation has none
  defineQuerySpec(City, { filter: { country: ['some'] } });
  // @ts-expect-error no such operator
  defineQuerySpec(City, { filter: { name: ['regex'] } });
  // @ts-expect-error a number starts with nothing
  defineQuerySpec(City, { filter: { population: ['startsWith'] } });
  // @ts-expect-error no such field
  defineQuerySpec(City, { sort: ['nme'] });
  // @ts-expect-error no relation
  defineQuerySpec(City, { populate: ['name'] });
  defineQuerySpec(City, { requireIndexed: 'refuse', assumeIndexed: [['country', 'population'], ['sisters.name']] });
  defineQuerySpec(City, { requireIndexed: ({ shape, missingIndexes }) => `${shape} ${missingIndexes.length}` });
  // @ts-expect-error no such field
  defineQuerySpec(City, { assumeIndexed: [['country', 'popularity']] });
  // @ts-expect-error no such field of the relation
  defineQuerySpec(City, { assumeIndexed: [['country.cod']] });
  // @ts-expect-error no such option
  defineQuerySpec(City, { filters: {} });
};

describe('what becomes of specs without an index', () => {
  it('is one of two words, or a function', () => {
    expectTypeOf<'refuse' | 'report'>().toExtend<RequireIndexed>();
    expectTypeOf<'throw' | true>().not.toExtend<RequireIndexed>();
    expectTypeOf<Extract<RequireIndexed, Function>>().parameter(0).toEqualTypeOf<UnindexedSpec>();
  });
});

describe('what is wrong does not compile', () => {
  it('names, operators, paths', () => {
    expect(definitions).not.toThrow();
  });
});

describe('results', () => {
  type CityEntity = InferEntity<typeof City>;
  it('are entities, and specs know theirs', () => {
    const query = defineQuerySpec(City, { sort: ['name'] });
    expectTypeOf(query).toEqualTypeOf<EntityQuery<CityEntity>>();
    expectTypeOf(query.parse).returns.toEqualTypeOf<QuerySpec<CityEntity>>();
    expectTypeOf(query.parse).parameter(0).toBeUnknown();
    expectTypeOf<Awaited<ReturnType<typeof query.find>>[number]['name']>().toEqualTypeOf<string>();
    expectTypeOf<EntityManager>().toExtend<Parameters<typeof query.find>[0]>();
  });

  it('of one entity do not pass for those of another', () => {
    expectTypeOf<QuerySpec<Town>>().not.toExtend<QuerySpec<CityEntity>>();
  });
});
