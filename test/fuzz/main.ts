/** `npm run fuzz -- query-spec [--runs N] [--seed S]`: throws hostile inputs at a package, and fails with what got through. */
import { parseArgs } from 'node:util';

import { fuzzQuerySpec } from './query-spec/fuzz-query-spec.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '1000000' }, seed: { type: 'string' } },
});
const runs = Number(values.runs);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));

if (positionals[0] !== 'query-spec' || !Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed)) {
  console.log('usage: npm run fuzz -- query-spec [--runs N] [--seed S]');
  process.exitCode = 2;
} else {
  console.log(`query-spec: ${runs.toLocaleString('en')} inputs, seed ${seed}`);
  const result = fuzzQuerySpec({ runs, seed }, showProgress);
  const { accepted, refused, p999Ms, findings } = result;
  console.log(`${accepted} let in, ${refused} refused, 99.9 % of them within ${p999Ms.toFixed(2)} ms`);
  for (const finding of findings) console.log(`  ${finding}`);
  console.log(findings.length === 0 && p999Ms < 10 ? 'Nothing but QuerySpecError came out.' : 'FAILED');
  process.exitCode = findings.length === 0 && p999Ms < 10 ? 0 : 1;
}

function showProgress(done: number): void {
  if (process.stdout.isTTY) process.stdout.write(`\r${Math.floor((done / runs) * 100)} %\r`);
}
