import type { Declared } from '../definition/declared-type.ts';
import type { Field } from '../definition/field.ts';
import type { Operand } from '../spec/ast.ts';
import { type ColumnTest, type ListTest, type Test, isColumnTest } from '../translate/matchers.ts';
import { holdsForAllText } from '../translate/text-test.ts';
import { columnOf, predicate } from './column-sql.ts';
import type { Leaf } from './dialect.ts';
import { type JsonPlace, type JsonSql, type ListSql, placeholders } from './json-sql.ts';
import { type TextSql, textSql } from './text-sql.ts';

/** What a database says with about JSON and lists. */
interface DeclaredSql {
  readonly text: TextSql;
  readonly json: JsonSql;
  readonly array?: ListSql;
  readonly quote: '"' | '`';
}

interface Predicate {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** A test of a JSON path or a list. */
export function declaredLeaf(traits: DeclaredSql, field: Field, declared: Declared, test: Test): Leaf {
  const { storage } = declared;
  const place = { column: columnOf(field, traits.quote), keys: storage.kind === 'json' ? storage.keys : [] };
  const { sql, values } = declaredSql(traits, place, declared, test);
  return predicate(sql, values);
}

function declaredSql(traits: DeclaredSql, place: JsonPlace, declared: Declared, test: Test): Predicate {
  const { json } = traits;
  if ('present' in test) {
    return { sql: test.present ? json.isPresent(place) : `not (${json.isPresent(place)})`, values: [] };
  }
  if (declared.list) {
    return listSql(declared.storage.kind === 'array' ? (traits.array ?? json) : json, place, declared, test);
  }
  const value = `(${json.value(place, declared.element)})`;
  if ('match' in test) {
    return holdsForAllText(test)
      ? test.negated
        ? never()
        : { sql: `${value} is not null`, values: [] }
      : textSql(traits.text, value, test);
  }
  return isColumnTest(test) ? compareSql(traits, value, declared, test) : never();
}

const SIGNS: Readonly<Record<string, string>> = {
  $eq: '=',
  $ne: '<>',
  $gt: '>',
  $gte: '>=',
  $lt: '<',
  $lte: '<=',
  $in: 'in',
  $nin: 'not in',
};

/** All comparisons of a test. They are null where the value is. */
function compareSql({ text, json }: DeclaredSql, value: string, { element }: Declared, test: ColumnTest): Predicate {
  const [whole, operand] = element === 'number' ? [value, json.numberOperand] : [text.exact(value), text.exactOperand];
  const comparisons = Object.entries(test).map(([operator, given]): Predicate => {
    if (given === null) {
      return { sql: `${value} is ${operator === '$eq' ? '' : 'not '}null`, values: [] };
    }
    const values = membersOf(given).map(member => (element === 'number' ? member : String(member)));
    return { sql: `${whole} ${SIGNS[operator]} (${placeholders(values.length, operand)})`, values };
  });
  return {
    sql: comparisons.map(({ sql }) => `(${sql})`).join(' and '),
    values: comparisons.flatMap(({ values }) => values),
  };
}

/** What a list is asked holds for lists only, negated or not. */
function listSql(sql: ListSql, place: JsonPlace, { element }: Declared, test: Test): Predicate {
  const isList = sql.isList(place);
  if ('list' in test) {
    const asked = askedOfList(sql, place, element, test);
    return { sql: `(${isList} and ${test.negated ? 'not ' : ''}(${asked.sql}))`, values: asked.values };
  }
  const isNull = '$eq' in test;
  return { sql: isNull ? `not (${isList})` : isList, values: [] };
}

function askedOfList(sql: ListSql, place: JsonPlace, element: Declared['element'], test: ListTest): Predicate {
  const members = membersOf(test.operand);
  const values = members.filter(member => member !== null).map(member => sql.parameter(member));
  const hasNull = members.includes(null) ? [sql.hasNull(place)] : [];
  switch (test.list) {
    case 'is empty':
      return { sql: `${sql.length(place)} = 0`, values: [] };
    case 'has length':
      return { sql: `${sql.length(place)} = ?`, values: members };
    case 'has any': {
      const asked = [...(values.length > 0 ? [sql.hasAny(place, element, values.length)] : []), ...hasNull];
      return asked.length === 0 ? never() : { sql: asked.join(' or '), values };
    }
    case 'has all': {
      const asked = [...values.map(() => sql.hasAny(place, element, 1)), ...hasNull];
      return asked.length === 0 ? always() : { sql: asked.join(' and '), values };
    }
  }
}

function never(): Predicate {
  return { sql: '1 = 0', values: [] };
}

function always(): Predicate {
  return { sql: '1 = 1', values: [] };
}

function membersOf(operand: Operand): readonly unknown[] {
  return [operand].flat();
}
