/**
 * The BSON type of an instance of one of the driver's classes (`ObjectId`, `Long`, `Decimal128`, …), of whichever copy of
 * them. Undefined for any other object.
 */
export function bsonTypeOf(value: object): string | undefined {
  const type: unknown = Reflect.get(value, '_bsontype');
  return typeof type === 'string' ? type : undefined;
}

/** Type and class: `UUID` is a class of its own of the type `Binary`. */
export function bsonClassOf(value: object): string | undefined {
  const type = bsonTypeOf(value);
  return type === undefined ? undefined : `${type} ${value.constructor.name}`;
}

/** An object that BSON writes as a document. */
export function isDocument(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The digits of an ObjectId. */
export function hexOf(objectId: object): string {
  const toHexString: unknown = Reflect.get(objectId, 'toHexString');
  return typeof toHexString === 'function' ? String(Reflect.apply(toHexString, objectId, [])) : '';
}
