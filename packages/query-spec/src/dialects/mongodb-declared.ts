import type { Declared, ElementType } from '../definition/declared-type.ts';
import type { Field } from '../definition/field.ts';
import { type ListTest, type Test, isColumnTest } from '../translate/matchers.ts';
import type { Leaf } from './dialect.ts';
import { patternOf } from './mongodb-pattern.ts';

const TYPES: Readonly<Record<ElementType, string>> = { string: 'string', number: 'number', boolean: 'bool' };
const ARRAY = { $type: 'array' };
/** Operators look into arrays, which a path of objects does not pass. */
const NO_ARRAY = { $not: ARRAY };

/** A place in a document: its dotted path, and those of what it lies in. */
interface Place {
  readonly path: string;
  readonly around: readonly string[];
  /** The path of the JSON itself, on which the host lets no operators through. */
  readonly root: string | undefined;
}

/** A test of a JSON path or a list, as MongoDB has them. */
export function declaredDocument({ property }: Field, { element, list, storage }: Declared, test: Test): Leaf {
  const segments = [property.fieldNames[0] ?? property.name, ...(storage.kind === 'json' ? storage.keys : [])];
  const around = segments.slice(0, -1).map((_, i) => segments.slice(0, i + 1).join('.'));
  const root = storage.kind === 'json' ? segments[0] : undefined;
  const place = { path: segments.join('.'), around, root };
  if ('present' in test) {
    return test.present ? present(place) : absent(place);
  }
  if (list) {
    return listDocument(place, test);
  }
  const type = { $type: TYPES[element] };
  if (isColumnTest(test) && test['$eq'] === null) {
    return somewhere(place, [{ [place.path]: ARRAY }, { [place.path]: { $not: type } }]);
  }
  return inside(place, [{ [place.path]: type }, { [place.path]: NO_ARRAY }, { [place.path]: operatorsOf(test) }]);
}

function operatorsOf(test: Test): unknown {
  if ('match' in test) {
    return test.negated ? { $not: patternOf(test) } : patternOf(test);
  }
  return { ...test };
}

function present(place: Place): Leaf {
  const { path } = place;
  return inside(place, [{ $or: [{ [path]: ARRAY }, { [path]: { $exists: true, $ne: null } }] }]);
}

function absent(place: Place): Leaf {
  const { path } = place;
  return somewhere(place, [{ $and: [{ [path]: NO_ARRAY }, { [path]: { $eq: null } }] }]);
}

/** What a list is asked holds for lists only, negated or not. */
function listDocument(place: Place, test: Test): Leaf {
  const { path, root } = place;
  if ('list' in test) {
    return path === root
      ? { $expr: listExpression(path, test) }
      : inside(place, [{ [path]: ARRAY }, ...askedOfList(path, test)]);
  }
  const isNull = isColumnTest(test) && test['$eq'] === null;
  return isNull ? somewhere(place, [isArray(place, path, false)]) : inside(place, [isArray(place, path, true)]);
}

function askedOfList(path: string, { list, operand, negated }: ListTest): readonly Leaf[] {
  const members = [operand].flat();
  const whether = (asked: object): Leaf => ({ [path]: negated ? { $not: asked } : asked });
  switch (list) {
    case 'is empty':
      return [whether({ $size: 0 })];
    case 'has length':
      return [whether({ $size: operand })];
    case 'has any':
      return [{ [path]: negated ? { $nin: members } : { $in: members } }];
    case 'has all':
      return members.length > 0 ? [whether({ $all: members })] : negated ? [{ [path]: { $in: [] } }] : [];
  }
}

/**
 * The same as an expression. Literals are marked as such: a text may look like a path. Operators of one operand take it
 * without an array, of which the host would make an `$in`.
 */
function listExpression(path: string, { list, operand, negated }: ListTest): object {
  const field = `$${path}`;
  const has = [operand].flat().map(member => ({ $in: [{ $literal: member }, field] }));
  const asked = {
    'is empty': { $eq: [{ $size: field }, 0] },
    'has length': { $eq: [{ $size: field }, { $literal: operand }] },
    'has any': { $or: has },
    'has all': { $and: has },
  }[list];
  // oxlint-disable-next-line unicorn/no-thenable -- MongoDB's word
  return { $cond: { if: { $isArray: field }, then: negated ? { $not: asked } : asked, else: false } };
}

/** All of these, of a place that no array is around. */
function inside(place: Place, leaves: readonly Leaf[]): Leaf {
  return { $and: [...place.around.map(path => isArray(place, path, false)), ...leaves] };
}

/** Any of these, or an array around the place. */
function somewhere(place: Place, leaves: readonly Leaf[]): Leaf {
  return { $or: [...place.around.map(path => isArray(place, path, true)), ...leaves] };
}

function isArray({ root }: Place, path: string, wanted: boolean): Leaf {
  if (path !== root) {
    return { [path]: wanted ? ARRAY : NO_ARRAY };
  }
  const test = { $isArray: `$${path}` };
  return { $expr: wanted ? test : { $not: test } };
}
