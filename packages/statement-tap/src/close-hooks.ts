import type { MikroORM } from '@mikro-orm/core';

type Stop = () => void | Promise<void>;

/**
 * Registers functions that `orm.close()` awaits, newest first, before its connections close. One that fails is reported
 * to `warn` and stops none of the others.
 */
export function closeHooks(orm: MikroORM, warn: (message: string) => void): (stop: Stop) => () => void {
  const hooks = new Set<Stop>();
  const close = orm.close.bind(orm);
  orm.close = async force => {
    for (const stop of [...hooks].toReversed()) await run(stop, warn);
    await close(force);
  };
  return stop => {
    hooks.add(stop);
    return () => void hooks.delete(stop);
  };
}

async function run(stop: Stop, warn: (message: string) => void): Promise<void> {
  try {
    await stop();
  } catch (error) {
    warn(`A close hook failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
