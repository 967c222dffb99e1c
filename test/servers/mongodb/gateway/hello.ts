import { Binary, Long, ObjectId } from 'bson';

import type { Document } from './bson.ts';
import type { NodeState } from './node-state.ts';

/** What a member knows of its replica set from the start. */
export interface Membership {
  setName: string;
  /** `host:port` of every member, itself included. */
  hosts: readonly string[];
  me: string;
}

/** The versions that we say we are: those whose commands DocumentDB knows. */
export const version = '7.0.0';
const maxWireVersion = 21;

/** The answer to `hello`, by which drivers find out who is who. Without `topologyVersion`: they ask again by themselves. */
export function helloReply(membership: Membership, state: NodeState, isLegacy: boolean): Document {
  const { isSecondary, lastWrite, position, term } = state;
  return {
    helloOk: true,
    [isLegacy ? 'ismaster' : 'isWritablePrimary']: !isSecondary,
    secondary: isSecondary,
    setName: membership.setName,
    setVersion: 1,
    hosts: membership.hosts,
    me: membership.me,
    ...(isSecondary ? {} : { primary: membership.me, electionId: electionId(term) }),
    lastWrite: { opTime: { ts: position, t: Long.fromNumber(term) }, lastWriteDate: lastWrite },
    maxBsonObjectSize: 16 * 1024 * 1024,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    minWireVersion: 0,
    maxWireVersion,
    readOnly: false,
    ok: 1,
  };
}

/** What a reply says of time, for causally consistent sessions. Nobody here checks signatures. */
export function timeFields({ position }: Pick<NodeState, 'position'>): Document {
  const signature = { hash: new Binary(Buffer.alloc(20)), keyId: Long.ZERO };
  return { operationTime: position, $clusterTime: { clusterTime: position, signature } };
}

/** Drivers believe the primary with the greatest election id, so one that was replaced and comes back is not believed. */
function electionId(term: number): ObjectId {
  return new ObjectId(term.toString(16).padStart(24, '0'));
}
