import { defineQuerySpec, serialize, shapeId } from '@mikro-kit/query-spec';
import { MikroORM, defineEntity, p } from '@mikro-orm/sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const Order = defineEntity({
  name: 'Order',
  properties: {
    shop: p.string().primary(),
    number: p.integer().primary(),
    note: p.string().nullable(),
    lines: () => p.oneToMany(Line).mappedBy('order'),
    labels: () => p.manyToMany(Label).owner(),
  },
});
const Line = defineEntity({
  name: 'Line',
  filters: { visible: { name: 'visible', cond: { hidden: false }, default: true } },
  properties: {
    id: p.integer().primary(),
    sku: p.string().fieldName('sku_text').nullable(),
    amount: p.integer(),
    hidden: p.boolean(),
    order: () => p.manyToOne(Order).nullable(),
  },
});
const Label = defineEntity({
  name: 'Label',
  properties: { id: p.integer().primary(), text: p.string(), orders: () => p.manyToMany(Order).mappedBy('labels') },
});

const orders = defineQuerySpec(Order, {
  filter: {
    note: ['eq'],
    lines: ['some', 'none', 'every', 'size'],
    'lines.sku': ['eq', 'contains', 'in'],
    'lines.amount': ['gt'],
    labels: ['some', 'every', 'size'],
    'labels.text': ['eq'],
  },
  populate: ['lines', 'labels'],
  aliases: { items: 'lines', 'lines.article': 'lines.sku' },
  limits: { nodes: 5, depth: 2 },
});
const lines = defineQuerySpec(Line, {
  filter: { 'order.lines': ['some', 'none', 'every', 'size'], 'order.lines.sku': ['eq'], 'order.labels': ['size'] },
});

let orm: MikroORM;
beforeAll(async () => {
  orm = await MikroORM.init({ entities: [Order, Line, Label], dbName: ':memory:' });
  await orm.schema.create();
  const em = orm.em.fork();
  const [red, blue] = [em.create(Label, { id: 1, text: 'red' }), em.create(Label, { id: 2, text: 'blue' })];
  const one = em.create(Order, { shop: 'a', number: 1, labels: [red, blue] });
  const two = em.create(Order, { shop: 'a', number: 2, labels: [blue] });
  em.create(Order, { shop: 'b', number: 1 });
  em.create(Line, { id: 1, sku: 'x', amount: 1, hidden: false, order: one });
  em.create(Line, { id: 2, sku: null, amount: 5, hidden: false, order: one });
  em.create(Line, { id: 3, sku: 'y', amount: 9, hidden: true, order: one });
  em.create(Line, { id: 4, sku: 'x', amount: 2, hidden: false, order: two });
  em.create(Line, { id: 5, sku: 'z', amount: 2, hidden: false, order: null });
  await em.flush();
});
afterAll(() => orm.close());

async function found(filters: object): Promise<readonly string[]> {
  const rows = await orders.find(orm.em.fork(), orders.parse({ filters }));
  return rows.map(({ shop, number }) => shop + number);
}

async function foundLines(filters: object): Promise<readonly number[]> {
  const rows = await lines.find(orm.em.fork(), lines.parse({ filters }));
  return rows.map(({ id }) => id);
}

describe('a to-many relation of an entity with a key of two columns', () => {
  it.each<[string, object, readonly string[]]>([
    ['some', { lines: { some: { sku: 'x' } } }, ['a1', 'a2']],
    ['some, of several conditions on one row', { lines: { some: { sku: 'x', amount: ['>', 1] } } }, ['a2']],
    ['none', { lines: { none: { sku: 'x' } } }, ['b1']],
    ['every, which holds of none, and not of a null', { lines: { every: { sku: 'x' } } }, ['a2', 'b1']],
    ['a negated every', { not: { lines: { every: { sku: 'x' } } } }, ['a1']],
    ['some null', { lines: { some: { sku: null } } }, ['a1']],
    ['some that are not', { lines: { some: { not: { sku: ['in', ['x']] } } } }, ['a1']],
    ['a size', { lines: { size: 2 } }, ['a1']],
    ['a size of none', { lines: ['size', 0] }, ['b1']],
    ['a size in the long form', { lines: { size: { lt: 2 } } }, ['a2', 'b1']],
    ['a size as a tuple', { lines: { size: ['between', 1, 2] } }, ['a1', 'a2']],
    ['a negated size', { not: { lines: { size: 0 } } }, ['a1', 'a2']],
    ['several at once', { lines: { size: 2, some: { sku: 'x' } }, labels: { size: ['>', 1] } }, ['a1']],
    ['some of many-to-many', { labels: ['some', { text: 'blue' }] }, ['a1', 'a2']],
    ['every of many-to-many', { labels: { every: { text: 'blue' } } }, ['a2', 'b1']],
    ['aliases, also inside', { items: { some: { article: 'x', amount: ['>', 1] } } }, ['a2']],
  ])('%s', async (_, filters, expected) => {
    expect(await found(filters)).toEqual(expected);
  });

  it("has what the EntityManager's filters leave, and no more", async () => {
    expect(await found({ lines: { some: { sku: 'y' } } })).toEqual([]);
    expect(await found({ lines: { every: { not: { amount: ['>', 5] } } } })).toEqual(['a1', 'a2', 'b1']);
    const spec = orders.parse({ filters: { lines: { size: 3 } } });
    const seen = await orders.find(orm.em.fork(), spec, { filters: { visible: false } });
    expect(seen.map(({ shop, number }) => shop + number)).toEqual(['a1']);
  });

  it('is cached for each set of filters by itself', async () => {
    const spec = orders.parse({ filters: { lines: { some: { sku: 'y' } } } });
    const seen = async (visible: boolean): Promise<number> => {
      const em = orm.em.fork();
      em.addFilter({ name: 'tenant', cond: visible ? { hidden: true } : { hidden: false }, entity: Line });
      return orders.count(em, spec, { cache: 60_000, filters: { visible: false } });
    };
    expect([await seen(true), await seen(false), await seen(true)]).toEqual([1, 0, 1]);
  });

  it('is asked over a to-one relation, where nothing has no related rows', async () => {
    expect(await foundLines({ 'order.lines': { some: { sku: 'x' } } })).toEqual([1, 2, 4]);
    expect(await foundLines({ 'order.lines': { none: { sku: 'x' } } })).toEqual([5]);
    expect(await foundLines({ 'order.lines': { every: { sku: 'x' } } })).toEqual([4, 5]);
    expect(await foundLines({ 'order.labels': { size: ['<', 2] } })).toEqual([4, 5]);
  });

  it('is populated beside, a row once, whatever was asked of it', async () => {
    const spec = orders.parse({ filters: { lines: { some: { sku: 'x' } } }, populate: ['lines', 'labels'], limit: 1 });
    const page = await orders.page(orm.em.fork(), spec, { total: 'exact' });
    expect(page).toMatchObject({ total: 2, hasNextPage: true });
    expect(page.items.map(({ lines: all, labels }) => [all.length, labels.length])).toEqual([[2, 2]]);
    const next = await orders.page(orm.em.fork(), spec, { after: page.endCursor });
    expect(next.items.map(({ shop, number }) => shop + number)).toEqual(['a2']);
  });
});

describe('the wire form of quantifiers', () => {
  const body = { filters: { lines: { some: { sku: ['in', ['x', null]] }, size: { gte: 1 } } } };

  it('is the same at both doors, and read back as it was written', () => {
    const spec = orders.parse({ filters: { lines: { some: { sku: 'x' }, size: 1 } } });
    expect(orders.fromQueryString('filter[lines][some][sku]=x&filter[lines][size]=1')).toEqual(spec);
    expect(
      orders.fromQueryString('filter[lines][size][between][]=1&filter[lines][size][between][]=2').filters,
    ).toMatchObject({ kind: 'size', operator: 'between', operand: [1, 2] });
    const again = orders.parse(JSON.parse(JSON.stringify(serialize(orders.parse(body)))));
    expect(again).toEqual(orders.parse(body));
  });

  it('has a shape without values', () => {
    expect(shapeId(orders.parse(body))).toBe('order?lines:size>=&lines:some(sku:in)');
  });

  it.each<[string, object, string, string]>([
    ['an operator that is not listed', { labels: { none: { text: 'a' } } }, 'UNKNOWN_OPERATOR', '/filters/labels/none'],
    ['an operator of fields', { lines: { eq: 1 } }, 'UNKNOWN_OPERATOR', '/filters/lines/eq'],
    ['a prototype key', { lines: { constructor: {} } }, 'UNKNOWN_OPERATOR', '/filters/lines/constructor'],
    ['an operator of MongoDB', { lines: { $elemMatch: {} } }, 'UNKNOWN_OPERATOR', '/filters/lines/$elemMatch'],
    ['a value', { lines: 5 }, 'INVALID_SHAPE', '/filters/lines'],
    ['nothing', { lines: {} }, 'INVALID_SHAPE', '/filters/lines'],
    ['nothing inside', { lines: { some: {} } }, 'INVALID_SHAPE', '/filters/lines/some'],
    ['null inside', { lines: { some: null } }, 'INVALID_SHAPE', '/filters/lines/some'],
    [
      'a field that is not listed',
      { lines: { some: { hidden: true } } },
      'UNKNOWN_FIELD',
      '/filters/lines/some/hidden',
    ],
    ['a path from outside', { 'lines.sku': 'x' }, 'UNKNOWN_FIELD', '/filters/lines.sku'],
    ['$where inside', { lines: { some: { $where: 'x' } } }, 'UNKNOWN_FIELD', '/filters/lines/some/$where'],
    ['a tuple too long', { lines: ['some', { sku: 'x' }, { sku: 'y' }] }, 'INVALID_SHAPE', '/filters/lines'],
    ['a negative size', { lines: { size: -1 } }, 'INVALID_VALUE', '/filters/lines/size'],
    ['no size', { lines: { size: null } }, 'INVALID_VALUE', '/filters/lines/size'],
    ['half a size', { lines: { size: 1.5 } }, 'INVALID_VALUE', '/filters/lines/size'],
    ['a size of many', { lines: { size: ['in', [1]] } }, 'UNKNOWN_OPERATOR', '/filters/lines/size/0'],
    ['too deep', { lines: { some: { not: { not: { sku: 'x' } } } } }, 'TOO_COMPLEX', '/filters/lines/some/not/not'],
    [
      'too many',
      { lines: { some: { or: [{ sku: 'a' }, { sku: 'b' }, { sku: 'c' }, { sku: 'd' }] } } },
      'TOO_COMPLEX',
      '/filters',
    ],
  ])('refuses %s', (_, filters, code, pointer) => {
    expect(() => orders.parse({ filters })).toThrow(expect.objectContaining({ code, pointer }));
  });

  it('counts toward the cost of a query as relations do', () => {
    const cheap = defineQuerySpec(Order, {
      filter: { lines: ['some', 'size'], 'lines.sku': ['eq'] },
      limits: { cost: 7 },
    });
    expect(cheap.parse({ filters: { lines: { some: { sku: 'a' } } } }).filters).toMatchObject({ kind: 'some' });
    const cost = (): unknown => cheap.parse({ filters: { lines: { size: 5 } } });
    expect(cost).toThrow(expect.objectContaining({ code: 'TOO_COMPLEX' }));
  });
});
