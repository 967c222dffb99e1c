import { parseArgs } from 'node:util';

import { BenchError } from './bench-error.ts';

/** What the person at the terminal wants. */
export type Command =
  | { readonly kind: 'list' }
  | { readonly kind: 'run'; readonly name: string; readonly json?: string };

/** How the command is called. */
export const USAGE = 'npm run bench -- NAME [--json FILE]';

/** Reads `NAME [--json FILE]`; without a name the benches are listed. Throws `BAD_ARGUMENTS`. */
export function parseCommandLine(args: readonly string[]): Command {
  const { json, names } = parse(args);
  const [name, ...others] = names;
  if (others.length > 0) throw badArguments(`One bench at a time, not also ${others.join(', ')}.`);
  if (name !== undefined) return { kind: 'run', name, ...(json !== undefined && { json }) };
  if (json !== undefined) throw badArguments('--json wants the name of a bench as well.');
  return { kind: 'list' };
}

function parse(args: readonly string[]): { json: string | undefined; names: string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { json: { type: 'string' } },
      allowPositionals: true,
    });
    return { json: values.json, names: positionals };
  } catch (cause) {
    throw badArguments(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function badArguments(what: string, options?: ErrorOptions): BenchError {
  return new BenchError('BAD_ARGUMENTS', `${what.replace(/\.?$/, '.')}\nUsage: ${USAGE}`, options);
}
