import type { NodeStatus } from '@mikro-kit/statement-tap';

import type { MongoClient, MongoMember } from './mongo-seam.ts';

/** The members of the replica set, as the driver's own monitoring knows them; none before it has connected. */
export function membersOf({ topology }: MongoClient): NodeStatus[] {
  const members = [...(topology?.description?.servers.values() ?? [])];
  const primary = members.find(({ type }) => type === 'RSPrimary');
  return members.map(member => statusOf(member, primary));
}

function statusOf(member: MongoMember, primary: MongoMember | undefined): NodeStatus {
  const { address, type, roundTripTime } = member;
  const isKnown = type !== 'Unknown';
  return {
    name: address,
    role: type === 'RSSecondary' || !isKnown ? 'replica' : 'primary',
    state: isKnown ? 'in' : 'out',
    why: isKnown ? `answers as ${type}` : 'gives the driver no answer',
    lagMs: member === primary ? 0 : lagMs(member, primary),
    latencyMs: isKnown && roundTripTime >= 0 ? roundTripTime : undefined,
    inFlight: 0,
  };
}

/** By the times of the last writes that each told of, some seconds ago, as MongoDB's own staleness is. */
function lagMs({ lastWriteDate: own }: MongoMember, primary: MongoMember | undefined): number | 'unknown' {
  const latest = Number(primary?.lastWriteDate);
  return own && latest ? Math.max(0, latest - Number(own)) : 'unknown';
}
