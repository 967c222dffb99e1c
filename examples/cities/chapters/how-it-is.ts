import { getHealth } from '@mikro-kit/health';
import type { MikroORM } from '@mikro-orm/sqlite';

import { table, text, type Chapter } from '../report/chapter.ts';
import { milliseconds } from '../report/milliseconds.ts';

/** What a load balancer would be told. */
export async function howItIs(orm: MikroORM): Promise<Chapter> {
  const { status, ready, checks } = await getHealth(orm).check();
  const rows = checks.map(check => [check.name, check.status, milliseconds(check.durationMs), check.reason ?? '']);
  return {
    title: 'How it is',
    blocks: [
      text(`The application is ${status} and ${ready ? 'ready' : 'not ready'}.`),
      table(['check', 'status', '>took', 'why'], rows),
    ],
  };
}
