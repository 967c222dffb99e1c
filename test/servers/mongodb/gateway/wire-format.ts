import { asNumber, decode, type Document, encode } from './bson.ts';

/** A request of a client. */
export interface Request {
  id: number;
  /** The command, with its document sequences put in as arrays. */
  command: Document;
  /** OP_QUERY is what old drivers and all first hellos use; its reply has a form of its own. */
  form: 'OP_MSG' | 'OP_QUERY';
  /** Whether the client waits for an answer. */
  wantsReply: boolean;
}

/** MongoDB wire protocol: every message starts with length, request id, response id and opcode, each 32 bits. */
const headerSize = 16;
const opcodes = { OP_REPLY: 1, OP_QUERY: 2004, OP_MSG: 2013 } as const;

/** OP_MSG flag bits. */
const checksumPresent = 1;
const moreToCome = 2;

/** The whole messages at the start of `bytes`, and what is left. */
export function splitMessages(bytes: Buffer): { messages: Buffer[]; rest: Buffer } {
  const messages: Buffer[] = [];
  let rest = bytes;
  while (rest.length >= headerSize && rest.length >= rest.readInt32LE(0)) {
    const length = rest.readInt32LE(0);
    messages.push(rest.subarray(0, length));
    rest = rest.subarray(length);
  }
  return { messages, rest };
}

/**
 * Reads a message.
 *
 * @throws {RangeError} for an opcode that is neither OP_MSG nor OP_QUERY; no current driver sends one.
 */
export function readRequest(message: Buffer): Request {
  const id = message.readInt32LE(4);
  const opcode = message.readInt32LE(12);
  if (opcode === opcodes.OP_MSG) return readMsg(id, message);
  if (opcode === opcodes.OP_QUERY) return readQuery(id, message);
  throw new RangeError(`unknown opcode ${opcode}`);
}

/** The reply to a request. */
export function writeReply(request: Request, id: number, body: Document): Buffer {
  const bytes = encode(body);
  const fixed = request.form === 'OP_MSG' ? Buffer.alloc(5) : Buffer.alloc(20);
  if (request.form === 'OP_QUERY') fixed.writeInt32LE(1, 16); // flags, cursor id and start are 0; one document
  const header = Buffer.alloc(headerSize);
  const opcode = request.form === 'OP_MSG' ? opcodes.OP_MSG : opcodes.OP_REPLY;
  [headerSize + fixed.length + bytes.length, id, request.id, opcode].forEach((value, i) =>
    header.writeInt32LE(value, i * 4),
  );
  return Buffer.concat([header, fixed, bytes]);
}

function readMsg(id: number, message: Buffer): Request {
  const flags = message.readUInt32LE(headerSize);
  const end = message.length - (flags & checksumPresent ? 4 : 0);
  const command: Document = {};
  for (let at = headerSize + 4; at < end;) {
    const section = message.subarray(at + 1, at + 1 + message.readInt32LE(at + 1));
    Object.assign(command, message[at] === 0 ? decode(section) : readSequence(section));
    at += 1 + section.length;
  }
  return { id, command, form: 'OP_MSG', wantsReply: (flags & moreToCome) === 0 };
}

/** A document sequence: size, name, and documents one after the other. */
function readSequence(section: Buffer): Document {
  const nameEnd = section.indexOf(0, 4);
  const documents: Document[] = [];
  for (let at = nameEnd + 1; at < section.length;) {
    const size = section.readInt32LE(at);
    documents.push(decode(section.subarray(at, at + size)));
    at += size;
  }
  return { [section.toString('utf8', 4, nameEnd)]: documents };
}

/** Flags, collection name, skip and limit come before the command. */
function readQuery(id: number, message: Buffer): Request {
  const start = message.indexOf(0, headerSize + 4) + 1 + 8;
  const command = decode(message.subarray(start, start + message.readInt32LE(start)));
  return { id, command: { ...command, $db: 'admin' }, form: 'OP_QUERY', wantsReply: true };
}

/** How long the client gives a command, in milliseconds; undefined for as long as it takes. */
export function timeLimit(command: Document): number | undefined {
  const limit = asNumber(command['maxTimeMS']);
  return limit > 0 ? limit : undefined;
}
