import { BigIntType, DecimalType } from '@mikro-orm/core';
import { Decimal128, Long } from 'mongodb';

/** Decimals as numbers of MongoDB; the host's own type writes strings. */
export class Decimal128Type extends DecimalType {
  override convertToDatabaseValue(value: string): string {
    return stored(value === null ? null : Decimal128.fromString(value));
  }
}

/** Bigints as numbers of MongoDB; the host's own type writes strings. */
export class LongType extends BigIntType {
  override convertToDatabaseValue(value: bigint): string {
    return stored(value === null ? null : Long.fromString(String(value)));
  }
}

/** The host's types declare that they store strings. */
function stored(value: unknown): string {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- MongoDB's driver takes BSON values
  return value as string;
}
