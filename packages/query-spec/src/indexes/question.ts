import type { EntityMetadata } from '@mikro-orm/core';

import type { Field } from '../definition/field.ts';
import type { PreparedQuery } from '../definition/prepared-query.ts';
import type { QueryModel } from '../definition/query-model.ts';
import type { QuerySpec } from '../spec/ast.ts';
import type { OrderColumn } from '../translate/order.ts';
import { type OwnColumn, columnNames, ownColumn } from './column-names.ts';
import type { Alternative, FieldLead, LinkLead } from './lead.ts';

/** Where conditions on one property lead in an index of its table. */
export interface Seek {
  readonly kind: FieldLead['kind'];
  /** As an index names it: a property, or a path into an embeddable. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly collation?: string | undefined;
  /** Whether it lies inside JSON, of which metadata have no index that serves. */
  readonly json: boolean;
}

/** One column of the order that is asked for. */
export interface Sorted {
  readonly name: string;
  readonly column: string;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
  /** Whether it is of the primary key, which ends each order. */
  readonly isKey: boolean;
}

/** An order: one that an index must give; none, since rows are sorted when they are found; or one by a related entity. */
export type OrderAsked =
  | { readonly kind: 'by columns'; readonly columns: readonly Sorted[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'related'; readonly path: string };

/** What is asked of one table, with what is asked of related ones apart. */
export interface Question {
  readonly seeks: readonly Seek[];
  readonly links: readonly LinkLead[];
  /** By the to-one relation that leads there. */
  readonly related: ReadonlyMap<string, Alternative>;
}

/** Sorts conditions that hold together by the table that they are about. */
export function questionOf(meta: EntityMetadata, leads: Alternative): Question {
  const seeks: Seek[] = [];
  const links: LinkLead[] = [];
  const related = new Map<string, Alternative>();
  for (const lead of leads) {
    const [relation] = lead.kind === 'link' ? lead.relations : placeOf(meta, lead.field, lead.relations).relations;
    if (relation !== undefined) {
      related.set(relation, [...(related.get(relation) ?? []), { ...lead, relations: lead.relations.slice(1) }]);
    } else if (lead.kind === 'link') {
      links.push(lead);
    } else {
      seeks.push(seekOf(meta, lead));
    }
  }
  return { seeks, links, related };
}

function placeOf(meta: EntityMetadata, { name, declared }: Field, relations: readonly string[]): OwnColumn {
  return ownColumn(meta, relations, name, declared?.storage.kind === 'json' ? declared.storage.keys : []);
}

function seekOf(meta: EntityMetadata, { kind, field, relations, collation }: FieldLead): Seek {
  const { column } = placeOf(meta, field, relations);
  const name = relations[0] ?? nameBehind(field);
  return { kind, name, columns: [column], collation, json: field.declared !== undefined };
}

/** The path of a field from the entity that has its column. */
function nameBehind({ path, relations }: Field): string {
  return path.split('.').slice(relations.length).join('.');
}

/** The relation itself, as a condition on the columns that hold it: it leads to as many places as related rows were found. */
export function relationSeek(meta: EntityMetadata, relation: string): Seek {
  const held = columnNames(meta, relation);
  const keyed = held.length === 0;
  return {
    kind: 'values',
    name: keyed ? meta.primaryKeys.join(', ') : relation,
    columns: keyed ? keyColumns(meta) : held,
    json: false,
  };
}

export function keyColumns(meta: EntityMetadata): readonly string[] {
  return meta.primaryKeys.flatMap(name => columnNames(meta, name));
}

/** What a spec asks of the order. */
export function orderAsked(meta: EntityMetadata, { model, totalOrder }: PreparedQuery, spec: QuerySpec): OrderAsked {
  const order = totalOrder(spec.orderBy);
  const byKey = order.every(
    ({ field, direction }, i) => field.path === model.primaryKey[i]?.path && direction === order[0]?.direction,
  );
  if (byKey) {
    return { kind: 'none' };
  }
  const columns = order.map(column => ({ column, place: placeOf(meta, column.field, column.field.relations) }));
  const foreign = columns.find(({ place }) => place.relations.length > 0);
  return foreign
    ? { kind: 'related', path: foreign.column.field.path }
    : { kind: 'by columns', columns: columns.map(({ column, place }) => sorted(model, column, place.column)) };
}

function sorted({ primaryKey }: QueryModel, { field, direction }: OrderColumn, column: string): Sorted {
  const descending = direction === 'desc';
  return {
    name: field.relations[0] ?? field.path,
    column,
    descending,
    // As `direction` of the dialect whose nulls are the largest has it.
    nullsFirst: field.nullable !== descending,
    isKey: primaryKey.some(({ path }) => path === field.path),
  };
}
