import { spawn } from 'node:child_process';

import { ServerError } from '../server-error.ts';
import { type Command, unprivileged } from './nobody.ts';

/** How a preparing command is run. */
export interface RunOptions {
  /** Working folder. Default: ours. */
  cwd?: string;
  /** Variables added to ours. */
  env?: Record<string, string>;
  /** Drop root's rights first. Default false. */
  asServer?: boolean;
  /** What the program reads from standard input. Default: nothing. */
  input?: string;
}

/**
 * Runs a program to its end and returns what it wrote to standard output.
 *
 * @throws {ServerError} `COMMAND_FAILED`, with the end of what it wrote, if it cannot be run or its exit code is not 0.
 */
export async function runCommand(command: Command, options: RunOptions = {}): Promise<string> {
  const { cwd, env, asServer = false, input = '' } = options;
  const { file, args, ...ids } = asServer ? unprivileged(command, ...(cwd ? [cwd] : [])) : command;
  const child = spawn(file, args, {
    ...ids,
    ...(cwd ? { cwd } : {}),
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined).end(input); // a program need not read all of it
  const stdout: Buffer[] = [];
  const all: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk) && all.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => all.push(chunk));
  const ended = Promise.withResolvers<number | NodeJS.Signals | null>();
  child.once('error', ended.reject);
  child.once('close', (code, signal) => ended.resolve(code ?? signal));
  const line = [command.file, ...command.args].join(' ');
  const code = await ended.promise.catch((cause: unknown) => {
    throw new ServerError('COMMAND_FAILED', `Cannot run ${line}: ${String(cause)}`, { cause });
  });
  if (code === 0) return Buffer.concat(stdout).toString();
  const output = Buffer.concat(all).toString().trim().slice(-2000);
  throw new ServerError('COMMAND_FAILED', `${line} ended with ${code}:\n${output}`);
}
