/** `npm run bench -- NAME [--json FILE]`: runs a bench; without a name, lists them. A missed bound is no failure. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { BenchError } from './bench-error.ts';
import { benchNamed } from './bench-named.ts';
import type { Bench } from './bench.ts';
import * as known from './benches/index.ts';
import { parseCommandLine, USAGE, type Command } from './command-line.ts';
import { findings, type Finding } from './finding.ts';
import { progressLine } from './progress-line.ts';
import { resultsJson } from './results-json.ts';
import { runBench } from './run-bench.ts';
import { benchList, terminalReport } from './terminal-report.ts';

const benches: readonly Bench[] = Object.values(known);

async function run({ name, json }: Extract<Command, { kind: 'run' }>): Promise<void> {
  const done = await runBench(benchNamed(name, benches), progressLine(name));
  const found = findings(done);
  console.log(`\n${terminalReport(done, found)}\n`);
  if (json !== undefined) await write(json, name, found);
}

async function write(file: string, name: string, found: readonly Finding[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(resultsJson(name, found), undefined, 2)}\n`);
}

try {
  const command = parseCommandLine(process.argv.slice(2));
  if (command.kind === 'run') await run(command);
  else console.log(`${USAGE}\n\n${benchList(benches)}`);
} catch (error) {
  if (!(error instanceof BenchError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
