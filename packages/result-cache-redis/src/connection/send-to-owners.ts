import { RedisStoreError } from '../redis-store-error.ts';
import type { KeyedCommand, Words } from './keyed-command.ts';
import { isErrorReply, type ServerLink } from './server-link.ts';
import type { Servers, SeveralServers } from './servers.ts';

/** A reply, and in which life of a server it was given. */
export interface Answer {
  readonly reply: unknown;
  readonly epoch: string;
}

/** How commands are sent. */
export interface SendOptions {
  /** How long each request is waited for, in milliseconds. */
  readonly deadlineMs: number;
  /** A command that is sent to each server after those of its keys; nobody looks at its reply. */
  readonly last?: (link: ServerLink, keys: readonly string[]) => Words;
}

/** How often a Cluster may send us elsewhere before it counts as failed. */
const REDIRECTIONS = 3;

/**
 * Sends each command to the server that holds its key: one request for each server, all at once. Follows a Cluster that
 * is moving keys. In the order of the commands, an error for each that failed.
 */
export async function sendToOwners(
  servers: Servers,
  commands: readonly KeyedCommand[],
  options: SendOptions,
): Promise<(Answer | Error)[]> {
  if (servers.only) return sendTo(servers.only, commands, options);
  const answers = await sendOnce(servers, commands, options);
  for (let redirection = 0; redirection < REDIRECTIONS; redirection++) {
    const moved = positions(answers, answer => isErrorReply(answer, 'MOVED'));
    const asked = positions(answers, answer => isErrorReply(answer, 'ASK'));
    if (moved.length + asked.length === 0) break;
    if (moved.length > 0) await servers.refresh(options.deadlineMs);
    const again = await sendOnce(servers, picked(commands, moved), options);
    for (const [which, at] of moved.entries()) set(answers, at, again[which]);
    await Promise.all(asked.map(async at => set(answers, at, await ask(servers, commands[at], answers[at], options))));
  }
  return answers;
}

/** The same for those who want all or nothing. @throws the first error */
export async function allFromOwners(
  servers: Servers,
  commands: readonly KeyedCommand[],
  options: SendOptions,
): Promise<Answer[]> {
  return succeeded(await sendToOwners(servers, commands, options));
}

/** @throws the first error */
export function succeeded(answers: readonly (Answer | Error)[]): Answer[] {
  return answers.map(answer => {
    if (answer instanceof Error) throw answer;
    return answer;
  });
}

async function sendOnce(
  servers: SeveralServers,
  commands: readonly KeyedCommand[],
  options: SendOptions,
): Promise<(Answer | Error)[]> {
  const answers: (Answer | Error)[] = [];
  const owners = servers.owners(commands.map(({ key }) => key));
  const requests = [...owners].map(async ([link, held]) => {
    const replies = link ? await sendTo(link, picked(commands, held), options) : held.map(unowned);
    if (replies.some(reply => reply instanceof RedisStoreError)) void servers.refresh(0);
    for (const [which, at] of held.entries()) set(answers, at, replies[which]);
  });
  await Promise.all(requests);
  return answers;
}

async function sendTo(
  link: ServerLink,
  commands: readonly KeyedCommand[],
  { deadlineMs, last }: SendOptions,
): Promise<(Answer | Error)[]> {
  const words = commands.map(command => command.words);
  const keys = commands.map(command => command.key);
  try {
    const { replies, epoch } = await link.exchange(last ? [...words, last(link, keys)] : words, deadlineMs);
    return commands.map((_, at) => answerOf(replies[at], epoch));
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    return commands.map(() => failure);
  }
}

/** Sends a command to where its key is on the way to. */
async function ask(
  servers: SeveralServers,
  command: KeyedCommand | undefined,
  redirection: unknown,
  { deadlineMs, last }: SendOptions,
): Promise<Answer | Error> {
  const address = redirection instanceof Error ? redirection.message.split(' ')[2] : undefined;
  const link = servers.at(address ?? '');
  if (!link || !command)
    return new RedisStoreError('NOT_CONNECTED', 'The Cluster is moving a key to an unknown server.');
  try {
    const after = last ? [last(link, [command.key])] : [];
    const { replies, epoch } = await link.exchange([['ASKING'], command.words, ...after], deadlineMs);
    return answerOf(replies[1], epoch);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function unowned(): RedisStoreError {
  return new RedisStoreError('NOT_CONNECTED', 'No server of the Cluster is known to hold a key.');
}

function answerOf(reply: unknown, epoch: string): Answer | Error {
  return reply instanceof Error ? reply : { reply, epoch };
}

function positions<T>(items: readonly T[], isIt: (item: T) => boolean): number[] {
  return items.flatMap((item, at) => (isIt(item) ? [at] : []));
}

function picked<T>(items: readonly T[], at: readonly number[]): T[] {
  return at.flatMap(position => items[position] ?? []);
}

function set(answers: (Answer | Error)[], at: number, answer: Answer | Error | undefined): void {
  answers[at] = answer ?? new RedisStoreError('BAD_REPLY', 'Redis gave no reply to a command.');
}
