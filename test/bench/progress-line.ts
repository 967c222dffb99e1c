import type { Progress } from './run-bench.ts';

const WIDTH = 32;
const EVERY_MS = 100;

/** Draws how far a bench is, in place and at most ten times a second; on a terminal only. */
export function progressLine(label: string, out: NodeJS.WriteStream = process.stderr): Progress {
  if (!out.isTTY) return () => {};
  const started = performance.now();
  let drawn = started;
  return (done, total) => {
    const now = performance.now();
    if (done === total) out.write('\r\x1b[K');
    else if (now - drawn >= EVERY_MS) {
      drawn = now;
      const left = Math.ceil(((now - started) / done / 1_000) * (total - done));
      out.write(`\r${label}  ${bar(done / total)}  ${Math.floor((done / total) * 100)} %  ${left} s left\x1b[K`);
    }
  };
}

function bar(part: number): string {
  const filled = Math.round(part * WIDTH);
  return '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
}
