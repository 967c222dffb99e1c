import { ensureTap, type ObservedStatement, type StatementTap } from '@mikro-kit/statement-tap';
import { defineEntity, p, type MikroORM } from '@mikro-orm/core';

export const City = defineEntity({
  name: 'City',
  tableName: 'cities',
  properties: { id: p.integer().primary(), name: p.string(), population: p.integer().default(0) },
});

/** An ORM that has the cities, and what it sends from now on. */
export interface Watched<ORM extends MikroORM = MikroORM> {
  readonly orm: ORM;
  readonly tap: StatementTap;
  readonly seen: ObservedStatement[];
}

/** Starts watching an ORM. */
export function watch<ORM extends MikroORM>(orm: ORM): Watched<ORM> {
  const seen: ObservedStatement[] = [];
  const tap = ensureTap(orm);
  tap.observe(statement => seen.push(statement));
  return { orm, tap, seen };
}

/** What the statements did, one word each. */
export function kinds(seen: readonly ObservedStatement[]): string[] {
  return seen.map(({ kind, command }) => command ?? kind);
}
