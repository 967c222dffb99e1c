import type { EntityManager, EntityMetadata } from '@mikro-orm/core';

import { requireTarget } from '../definition/collection.ts';
import { propertyOf } from '../definition/entity-metadata.ts';
import type { PreparedQuery } from '../definition/prepared-query.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { QuerySpec } from '../spec/ast.ts';
import { assumedIndexes } from './assumed-indexes.ts';
import { IndexCatalog, givenColumns } from './index-catalog.ts';
import { type Alternative, type LinkLead, MOST_ALTERNATIVES, alternativesOf } from './lead.ts';
import { type Database, missingLinkIndex } from './missing-index.ts';
import { type OrderAsked, type Seek, keyColumns, orderAsked, questionOf, relationSeek } from './question.ts';
import { findsByKey, orderLeft, serves } from './serves.ts';
import type { TableIndex } from './table-index.ts';
import { type Unserved, whyUnserved } from './unserved.ts';

/** Tells what no index serves of a spec; nothing when one serves it all. */
export type Judge = (spec: QuerySpec) => readonly Unserved[];

const UNORDERED: OrderAsked = { kind: 'none' };

/**
 * Makes the judge of a query on one ORM's metadata.
 * @throws QuerySpecError `INVALID_DEFINITION` for `assumed` indexes that cannot be
 */
export function judgeOf(
  query: PreparedQuery,
  em: EntityManager,
  meta: EntityMetadata,
  assumed: readonly (readonly string[])[],
): Judge {
  const catalog = new IndexCatalog(em.getMetadata(), query.dialect.indexes, assumedIndexes(meta, assumed));
  const hearing = { catalog, dialect: query.dialect, platform: em.getPlatform(), isOne: true };
  return spec => {
    const alternatives = spec.filters ? alternativesOf(query, spec.filters) : [[]];
    return alternatives
      ? judgeAlternatives(hearing, meta, alternatives, orderAsked(meta, query, spec))
      : [{ why: `more than ${MOST_ALTERNATIVES} alternatives`, about: 'filters', missing: [] }];
  };
}

interface Hearing extends Database {
  readonly catalog: IndexCatalog;
  /** Whether there is no alternative beside what is judged: rows are not found by their links for each of several. */
  readonly isOne: boolean;
}

/** Each of several alternatives needs its index, and what they find is sorted then. No database joins them one by one. */
function judgeAlternatives(
  hearing: Hearing,
  meta: EntityMetadata,
  alternatives: readonly Alternative[],
  order: OrderAsked,
): readonly Unserved[] {
  const [only] = alternatives;
  if (only && alternatives.length === 1) {
    return judgeTable(hearing, meta, only, order);
  }
  const related = alternatives.flatMap(leads => [...questionOf(meta, leads).related.keys()]);
  if (related.length > 0 && hearing.dialect.joins) {
    const names = [...new Set(related)].join(', ');
    return [{ why: `alternatives of ${meta.className} that ask of its ${names}`, about: 'filters', missing: [] }];
  }
  return alternatives.flatMap(leads => judgeTable({ ...hearing, isOne: false }, meta, leads, UNORDERED));
}

/** Judges conditions that hold together, and an order, on the table of one entity. */
function judgeTable(
  hearing: Hearing,
  meta: EntityMetadata,
  leads: Alternative,
  order: OrderAsked,
): readonly Unserved[] {
  const { catalog, dialect } = hearing;
  const { seeks: own, links, related } = questionOf(meta, leads);
  const unlinked = links.flatMap(link => judgeLink(hearing, meta, link));
  const indexes = catalog.indexesOf(meta);
  if (indexes.some(index => findsByKey(index, own))) {
    return unlinked;
  }
  const relations = [...related].map(([relation, inner]) => judgeRelation(hearing, meta, relation, inner));
  const found = own.length === 0 && related.size === 0 ? findingLinks(hearing, meta, links) : [];
  const seeks = [...own, ...relations.flatMap(({ seek }) => seek ?? []), ...found];
  const apart = relations.flatMap(({ unserved }) => unserved);
  const unrelated = [...unlinked, ...apart, ...judgeMerge(hearing, meta, seeks)];
  if (seeks.length === 0 && (links.length > 0 || related.size > 0)) {
    const names = [...links.map(({ collection }) => collection.property.name), ...related.keys()];
    return [...unrelated, { why: `${meta.className} by its ${names.join(', ')} alone`, about: 'filters', missing: [] }];
  }
  const left = orderLeft(
    seeks.map(({ kind }) => kind),
    order,
    dialect.indexes,
  );
  const isServed = (asked: OrderAsked): boolean =>
    (seeks.length === 0 && asked.kind === 'none') ||
    indexes.some(index => serves(index, seeks, asked, dialect.indexes, givenColumns(meta)));
  if (isServed(left)) {
    return unrelated;
  }
  const about = isServed(UNORDERED) ? 'orderBy' : 'filters';
  return [...unrelated, whyUnserved({ meta, seeks, order: left, about }, hearing)];
}

/** Some databases give up to combine indexes where they come to think of one with a descending column. */
function judgeMerge(
  { isOne, dialect, catalog }: Hearing,
  meta: EntityMetadata,
  seeks: readonly Seek[],
): readonly Unserved[] {
  if (isOne || dialect.indexes.mergesDescending) {
    return [];
  }
  const asked = new Set(seeks.flatMap(({ columns }) => columns));
  const isThought = ({ columns: [first, ...rest] }: TableIndex): boolean =>
    first !== undefined && asked.has(first.name) && [first, ...rest].some(({ descending }) => descending);
  return catalog.indexesOf(meta).some(isThought)
    ? [{ why: `alternatives of ${meta.className} by an index with a descending column`, about: 'filters', missing: [] }]
    : [];
}

/**
 * Judges what is said of the entity at the other end of a to-one relation: it leads to as many places as it finds there. What
 * is said of that entity's links alone is a test.
 */
function judgeRelation(
  hearing: Hearing,
  meta: EntityMetadata,
  relation: string,
  leads: Alternative,
): { readonly seek?: Seek; readonly unserved: readonly Unserved[] } {
  const target = targetOf(meta, relation);
  const unserved = judgeTable(hearing, target, leads, UNORDERED);
  if (unserved.length > 0 && hearing.dialect.joins && leads.every(({ kind }) => kind === 'link')) {
    return { unserved: linksOf(target, leads).flatMap(({ owner, link }) => judgeLink(hearing, owner, link)) };
  }
  return { seek: relationSeek(meta, relation), unserved };
}

/** The links that are asked for behind to-one relations, by their owner. */
function linksOf(meta: EntityMetadata, leads: Alternative) {
  return leads.flatMap(link => {
    const owner = link.relations.reduce(targetOf, meta);
    return link.kind === 'link' ? [{ owner, link }] : [];
  });
}

/** Links are looked up for each row that was found; or, without joins, asked for before. */
function judgeLink(hearing: Hearing, owner: EntityMetadata, link: LinkLead): readonly Unserved[] {
  const { catalog, dialect } = hearing;
  const { property, path } = link.collection;
  if (!dialect.joins) {
    return link.counted
      ? [{ why: `how many ${path} there are`, about: 'filters', missing: [] }]
      : judgeRelated(hearing, owner, link);
  }
  const table = catalog.linkTable(property);
  if (table && !catalog.hasPrefix(table.meta, table.columns)) {
    const missing = missingLinkIndex(owner, property, table, hearing.platform);
    return [{ why: `the relation ${path} of ${owner.className}`, about: 'filters', missing: [missing] }];
  }
  // Without semi-joins all related entities of a many-to-many relation are found before the first row.
  return property.pivotEntity && !dialect.indexes.semiJoins ? judgeRelated(hearing, owner, link) : [];
}

function judgeRelated(hearing: Hearing, owner: EntityMetadata, { collection, related }: LinkLead): readonly Unserved[] {
  const target = targetOf(owner, collection.property.name);
  return judgeAlternatives({ ...hearing, isOne: true }, target, related, UNORDERED);
}

/** The links of which one leads to the rows: the related entities that it is about are found by an index, and so their owners. */
function findingLinks(hearing: Hearing, owner: EntityMetadata, links: readonly LinkLead[]): readonly Seek[] {
  const { dialect, isOne } = hearing;
  const finding =
    (isOne || !dialect.joins) &&
    dialect.indexes.semiJoins &&
    links.find(
      link =>
        !link.complement &&
        !link.counted &&
        judgeRelated(hearing, owner, link).length === 0 &&
        link.related.every(leads => leads.length > 0),
    );
  return finding ? [linkSeek(owner, finding, dialect)] : [];
}

/** A database without joins keeps the links of a many-to-many relation in its owner. */
function linkSeek(owner: EntityMetadata, { collection: { property } }: LinkLead, { joins }: Dialect): Seek {
  return !joins && property.owner
    ? { ...relationSeek(owner, property.name), name: property.name }
    : { kind: 'values', name: owner.primaryKeys.join(', '), columns: keyColumns(owner), json: false };
}

function targetOf(meta: EntityMetadata, relation: string): EntityMetadata {
  const property = propertyOf(meta, relation);
  if (!property) {
    throw new RangeError(`${relation} is no relation`);
  }
  return requireTarget(meta, property, '');
}
