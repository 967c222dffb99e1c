import type { MongoClient, MongoSession } from './mongo-seam.ts';

/**
 * A causally consistent session whose reads wait until the member that answers has done everything up to an operation
 * time; undefined if the primary knows no such time, or does not answer. End it when it is done.
 */
export async function sessionAfter(client: MongoClient, time: bigint): Promise<MongoSession | undefined> {
  await client.connect();
  // Members refuse a time that is later than any they have heard of; the primary's answer tells it to the client.
  if (!hasHeardOf(client, time)) await client.db().command({ ping: 1 });
  const heard = client.topology?.clusterTime?.clusterTime;
  if (!heard || !hasHeardOf(client, time)) return undefined;
  const session = client.startSession({ causalConsistency: true });
  session.advanceOperationTime(sameKind(heard, time));
  return session;
}

function hasHeardOf({ topology }: MongoClient, time: bigint): boolean {
  const heard = topology?.clusterTime?.clusterTime;
  if (!heard || !('toBigInt' in heard) || typeof heard.toBigInt !== 'function') return false;
  const latest: unknown = Reflect.apply(heard.toBigInt, heard, []);
  return typeof latest === 'bigint' && BigInt.asUintN(64, latest) >= time;
}

/** A BSON timestamp of the driver's own class, which takes 64 bits. */
function sameKind(timestamp: object, time: bigint): object {
  const made: unknown = Reflect.construct(timestamp.constructor, [time]);
  if (typeof made !== 'object' || made === null) throw new TypeError('A BSON timestamp cannot be made.');
  return made;
}
