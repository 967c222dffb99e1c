import { SCRIPTS, scriptName } from '../stamp-scripts.ts';

/** A command as it is sent: its name and what follows. */
export type Words = readonly [name: string, ...rest: (string | number | Buffer)[]];

/** A command about one key, by which it finds its server. */
export interface KeyedCommand {
  readonly key: string;
  readonly words: Words;
}

/** Runs one of our scripts on a key. */
export function scriptCommand(script: string, key: string, args: readonly (string | number)[]): KeyedCommand {
  return { key, words: ['EVALSHA', scriptName(script), 1, key, ...args] };
}

/** The same with the script itself, for a server that does not know it; undefined for other commands. */
export function withScriptItself([name, script, ...rest]: Words): Words | undefined {
  const source = name === 'EVALSHA' ? SCRIPTS.get(String(script)) : undefined;
  return source === undefined ? undefined : ['EVAL', source, ...rest];
}
