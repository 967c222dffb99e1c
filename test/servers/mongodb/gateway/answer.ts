import { Timestamp } from 'bson';

import { type Backend, type Executor, withTimeLimit } from './backend.ts';
import type { Document } from './bson.ts';
import { type Gateway, type Handler, oneAtATime, specOf } from './command-context.ts';
import { cursors } from './cursors.ts';
import { asFailure, codes, Failure } from './failure.ts';
import { helloReply, type Membership, timeFields } from './hello.ts';
import { nodeState, position, reach } from './node-state.ts';
import { readCommands } from './read-commands.ts';
import { sessionCommands } from './session-commands.ts';
import { isInTransaction, transactions } from './transactions.ts';
import { timeLimit } from './wire-format.ts';
import { writeCommands } from './write-commands.ts';

/** Answers commands; what goes wrong is an answer too. */
export type Answer = (command: Document) => Promise<Document>;

const handlers: Record<string, Handler> = { ...readCommands, ...writeCommands, ...sessionCommands };

/** Old spellings of commands, by which drivers still call them. */
const aliases: Record<string, string> = {
  buildinfo: 'buildInfo',
  findandmodify: 'findAndModify',
  isMaster: 'ismaster',
};

/** Makes what answers the commands of one member. */
export function answerer(backend: Backend, membership: Membership): Answer {
  const gateway: Gateway = { backend, cursors: cursors(), transactions: transactions(backend), inTurn: oneAtATime() };
  const refuse = refusals(backend);
  return async command => {
    const sent = Object.keys(command)[0] ?? '';
    const name = aliases[sent] ?? sent;
    try {
      if (name === 'hello' || name === 'ismaster')
        return helloReply(membership, await nodeState(backend), name === 'ismaster');
      await refuse(name, command);
      await waitForPosition(backend, command);
      const reply = await run(gateway, name, command);
      return { ...reply, ...timeFields({ position: await position(backend) }) };
    } catch (error) {
      const { code, codeName, message, labels } = asFailure(error, isInTransaction(command));
      return { ok: 0, errmsg: message, code, codeName, ...(labels.length > 0 ? { errorLabels: labels } : {}) };
    }
  };
}

async function run(gateway: Gateway, name: string, command: Document): Promise<Document> {
  const handler = handlers[name];
  if (!handler) throw new Failure(codes.commandNotFound, `no such command: '${name}'`);
  const answerOn = (on: Executor) =>
    handler({ ...gateway, command, spec: specOf(command), db: String(command['$db']), on });
  const isEnd = name === 'commitTransaction' || name === 'abortTransaction';
  const on = isEnd ? gateway.backend.pool : await gateway.transactions.executor(command);
  const limitMs = timeLimit(command);
  return limitMs === undefined || isInTransaction(command)
    ? answerOn(on)
    : withTimeLimit(gateway.backend, limitMs, answerOn);
}

/** A secondary answers no write, and no read whose client did not say that it may. */
function refusals(backend: Backend): (name: string, command: Document) => Promise<void> {
  let isPrimary = false; // once a primary, always one until it is restarted
  return async (name, command) => {
    if (isPrimary || name in sessionCommands) return;
    isPrimary = !(await nodeState(backend)).isSecondary;
    if (isPrimary) return;
    if (name in writeCommands) throw new Failure(codes.notWritablePrimary, 'not primary');
    const mode: unknown = command['$readPreference']?.mode;
    if (mode === undefined || mode === 'primary')
      throw new Failure(codes.notPrimaryNoSecondaryOk, 'not primary and secondaryOk=false');
  };
}

async function waitForPosition(backend: Backend, command: Document): Promise<void> {
  const wanted: unknown = command['readConcern']?.afterClusterTime;
  if (wanted instanceof Timestamp) await reach(backend, wanted, timeLimit(command));
}
