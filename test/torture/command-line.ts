import { parseArgs } from 'node:util';

import { isModeName, type ModeName, modeNames } from './mode.ts';

/** What the person at the terminal wants. */
export type Command =
  | {
      readonly kind: 'run';
      readonly seconds: number;
      readonly mode: ModeName;
      readonly seed: number;
      readonly plant: boolean;
    }
  | { readonly kind: 'refused'; readonly because: string };

/** How the command is called. */
export const USAGE = `npm run torture -- [--seconds N] [--mode ${modeNames.join('|')}] [--seed S] [--plant]

  --seconds  how long; default 60
  --mode     what the cache promises; default refuse
  --seed     of the plan of writes, reads and faults; default a random one
  --plant    some writes go past the cache, so that the torture has something to find`;

/** Reads `[--seconds N] [--mode M] [--seed S] [--plant]`. */
export function parseCommandLine(args: readonly string[]): Command {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seconds: { type: 'string', default: '60' },
        mode: { type: 'string', default: 'refuse' },
        seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
        plant: { type: 'boolean', default: false },
      },
    });
    return commandOf(values);
  } catch (error) {
    return { kind: 'refused', because: error instanceof Error ? error.message : String(error) };
  }
}

function commandOf(values: { seconds: string; mode: string; seed: string; plant: boolean }): Command {
  const { mode, plant } = values;
  const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
  if (!(seconds > 0) || !Number.isFinite(seconds))
    return refused(`--seconds wants a number above 0, not ${values.seconds}.`);
  if (!Number.isSafeInteger(seed)) return refused(`--seed wants a whole number, not ${values.seed}.`);
  if (!isModeName(mode)) return refused(`--mode wants one of ${modeNames.join(', ')}, not ${mode}.`);
  return { kind: 'run', seconds, mode, seed, plant };
}

function refused(because: string): Command {
  return { kind: 'refused', because };
}
