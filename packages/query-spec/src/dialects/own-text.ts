import { Type } from '@mikro-orm/core';

import type { Field } from '../definition/field.ts';
import { OPERATORS } from '../spec/operators.ts';
import type { Use } from './dialect.ts';

/** A text as an application's own type writes it; the host does the same where a value goes through it. */
export function storedText({ property }: Field, text: string): unknown {
  const type = property.customType;
  return type?.platform ? type.convertToDatabaseValue(text, type.platform) : text;
}

/** Why a field cannot be used so whose type writes another text than it is given, such as an encrypted one. */
export function ownTextRefusal(field: Field, use: Use): string | undefined {
  const looksInside = use !== 'sort' && OPERATORS[use].domain === 'text';
  return looksInside && isRewritten(field)
    ? 'is written by a type of your own, in whose texts a part cannot be looked for; only eq, ne, in, nin, isNull and orders can'
    : undefined;
}

function isRewritten({ kind, declared, property: { customType } }: Field): boolean {
  return (
    kind.name === 'text' &&
    declared === undefined &&
    customType !== undefined &&
    customType.convertToDatabaseValue !== Type.prototype.convertToDatabaseValue
  );
}
