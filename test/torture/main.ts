/** `npm run torture -- --seconds N [--mode M]`: breaks Redis and workers, and fails when a promise was not kept. */
import { availability } from '../servers/index.ts';
import { parseCommandLine, USAGE } from './command-line.ts';
import { modes } from './mode.ts';
import { progressLine } from './progress-line.ts';
import { terminalReport } from './terminal-report.ts';
import { isSound, torture } from './torture.ts';

const command = parseCommandLine(process.argv.slice(2));

async function missing(): Promise<readonly string[]> {
  const needed = await Promise.all(
    (['postgres', 'redis'] as const).map(async name => ({ name, ...(await availability(name)) })),
  );
  return needed.flatMap(server => (server.available ? [] : [`${server.name}: ${server.because}`]));
}

if (command.kind === 'refused') {
  console.error(`${command.because}\n\n${USAGE}`);
  process.exitCode = 2;
} else {
  const reasons = await missing();
  if (reasons.length > 0) {
    console.error(`The torture needs its servers.\n${reasons.join('\n')}`);
    process.exitCode = 2;
  } else {
    const line = progressLine(command.seconds);
    const report = await torture({ ...command, mode: modes[command.mode] }, line.show).finally(line.end);
    console.log(`\n${terminalReport(report)}\n`);
    process.exitCode = isSound(report) ? 0 : 1;
  }
}
