import type { Progress } from './torture.ts';

/** Draws how far a run is, in place; on a terminal only. `end` removes the line. */
export function progressLine(
  seconds: number,
  out: NodeJS.WriteStream = process.stderr,
): { readonly show: Progress; readonly end: () => void } {
  if (!out.isTTY) return { show: () => undefined, end: () => undefined };
  return {
    show: ({ score: { reads, writes, stale, failed }, doneMs, fault }) => {
      const left = Math.max(0, Math.ceil(seconds - doneMs / 1_000));
      const counts = `reads ${reads}  writes ${writes}  stale ${stale.length}  failed ${failed.length}`;
      out.write(`\rtorture  ${left} s left  ${counts}  fault: ${fault}\x1b[K`);
    },
    end: () => void out.write('\r\x1b[K'),
  };
}
