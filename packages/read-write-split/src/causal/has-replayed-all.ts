import type { LocatedNode, LocatedNodes } from './causal.ts';
import { within } from './within.ts';

/** How long the primary may take to say where it stands, in milliseconds. */
const ANSWER_MS = 1_000;

/**
 * Whether a node has replayed everything that was committed, by whatever process, before `since`, told by a position of
 * the primary that was asked for after that. False when either does not answer. Never rejects.
 *
 * @param since by `performance.now()`
 */
export async function hasReplayedAll(node: LocatedNode, { primary }: LocatedNodes, since: number): Promise<boolean> {
  if (node === primary) return true;
  const { progress } = primary;
  try {
    const known = progress.latest;
    const seen = known && known.askedAt >= since ? known : await within(ANSWER_MS, progress.lookAfresh());
    // One that was promoted in between has told where it stood as a replica.
    return seen.role === 'primary' && seen.position !== undefined && (await node.progress.reaches(seen.position));
  } catch {
    return false;
  }
}
