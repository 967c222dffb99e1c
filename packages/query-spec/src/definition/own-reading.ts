import { type EntityProperty, Type, types } from '@mikro-orm/core';

const OF_THE_HOST: ReadonlySet<unknown> = new Set(
  [Type, ...Object.values(types)].map(type => readingOf(type.prototype)),
);

/** Whether an application's own type makes of a column what it likes, so that the value does not tell what is stored. */
export function isReadItsOwnWay({ customType }: EntityProperty): boolean {
  return (
    customType !== undefined &&
    (customType.convertToJSValueSQL !== undefined || !OF_THE_HOST.has(readingOf(customType)))
  );
}

function readingOf(type: object): unknown {
  return Reflect.get(type, 'convertToJSValue');
}
