import { spawn } from 'node:child_process';
import { once } from 'node:events';

import type { CacheStore } from '@mikro-kit/result-cache';
import { keyvStore } from '@mikro-kit/result-cache-keyv';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';

import { describeWith, postgres, redis, until } from '../servers/index.ts';
import { keyvs, onPostgres, onRedis, releases } from './backends.ts';

/** Long enough for a busy machine to answer, short enough to wait for in vain. */
const commandTimeoutMs = 1_000;

const calls = {
  read: store => store.read('key', ['table:city']),
  stamp: store => store.stamp(['table:city']),
  write: store => store.write('key', Buffer.from('x'), 60_000),
  mark: store => store.mark(['table:city'], 'writer', 60_000),
  bump: store => store.bump(['table:city'], 'writer'),
  clear: store => store.clear(),
} satisfies Record<string, (store: CacheStore) => Promise<unknown>>;

/** What became of each call: the code of its error, or `done`. */
async function outcomes(store: CacheStore): Promise<Record<string, unknown>> {
  const told = Object.entries(calls).map(async ([name, call]) => [name, await outcome(call(store))]);
  return Object.fromEntries(await Promise.all(told));
}

async function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'done',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  );
}

function each(result: string): Record<string, string> {
  return Object.fromEntries(Object.keys(calls).map(name => [name, result]));
}

describe.each(releases)('%s', release => {
  it('on a backend that reads one value at a time: each failed call rejects', async () => {
    class Broken extends Map<string, unknown> {
      override get = fail;
      override set = fail;
      override delete = fail;
    }
    const store = keyvStore({ keyv: () => keyvs[release]('', new Broken()) });
    expect(await outcomes(store)).toEqual(each('BACKEND_FAILED'));
  });
});

function fail(): never {
  throw new Error('broken');
}

await describeWith('redis', 'Redis behind Keyv', () => {
  describe.each(releases)('%s', release => {
    it('that is killed or paused: each call rejects in time; it is used again when it is back', async () => {
      await using group = await redis();
      const store = keyvStore({ keyv: () => onRedis(release, group.primary.url), commandTimeoutMs });
      onTestFinished(() => store.close());
      await store.stamp(['table:city']);
      await group.primary.kill();
      expect(await outcomes(store)).toEqual(each('STORE_TIMEOUT'));
      await group.primary.restart();
      await until(() => outcome(store.stamp(['table:city'])).then(told => told === 'done'), { what: 'an answer' });
      expect(await outcomes(store)).toEqual(each('done'));
      await group.primary.pause();
      expect(await outcomes(store)).toEqual(each('STORE_TIMEOUT'));
      await group.primary.resume();
    });

    it('that is out of memory: what it refuses is not taken for kept, what it does at the same time is not taken for failed', async () => {
      await using group = await redis();
      const store = keyvStore({ keyv: () => onRedis(release, group.primary.url), commandTimeoutMs });
      onTestFinished(() => store.close());
      await store.write('key', Buffer.from('x'), 60_000);
      const admin = new Redis(group.primary.url);
      await admin.config('SET', 'maxmemory', '1');
      admin.disconnect();
      expect(await outcomes(store)).toEqual({
        ...each('done'),
        stamp: 'BACKEND_FAILED',
        write: 'BACKEND_FAILED',
        mark: 'BACKEND_FAILED',
        clear: 'BACKEND_FAILED',
      });
    });

    it('that answers no more does not keep the process alive after the store was closed', async () => {
      await using group = await redis();
      const script = `
        import { keyvStore } from '@mikro-kit/result-cache-keyv';
        import { onRedis } from './backends.ts';
        const keyv = () => onRedis('${release}', '${group.primary.url}');
        const store = keyvStore({ keyv, commandTimeoutMs: ${commandTimeoutMs} });
        await store.stamp(['table:city']);
        console.log('ready');
        process.once('message', async () => {
          process.disconnect();
          await store.close();
        });`;
      const args = ['--input-type=module', '-e', script];
      const child = spawn(process.execPath, args, {
        cwd: import.meta.dirname,
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      await once(child.stdout ?? child, 'data');
      await group.primary.pause();
      child.send('close');
      expect(await once(child, 'exit')).toEqual([0, null]);
    });
  });
});

await describeWith('postgres', 'PostgreSQL behind Keyv', () => {
  it('that closes idle connections ends no process whose pool is listened to', async () => {
    await using group = await postgres();
    const store = keyvStore({ keyv: () => onPostgres('keyv 6', group.primary.url), commandTimeoutMs });
    const answers = async (): Promise<boolean> => (await outcome(store.stamp(['table:city']))) === 'done';
    await until(answers, { what: 'a table' });
    const unheard: Error[] = [];
    const hear = (error: Error): void => void unheard.push(error);
    process.on('uncaughtExceptionMonitor', hear);
    onTestFinished(() => void process.off('uncaughtExceptionMonitor', hear));
    await group.primary.restart();
    await until(answers, { what: 'an answer' });
    expect(unheard).toEqual([]);
    await store.close();
  });

  it.each(releases)(
    '%s: that is paused: each call rejects in time; it is used again when it goes on',
    async release => {
      await using group = await postgres();
      const store = keyvStore({ keyv: () => onPostgres(release, group.primary.url), commandTimeoutMs });
      await until(() => outcome(store.stamp(['table:city'])).then(told => told === 'done'), { what: 'a table' });
      await group.primary.pause();
      expect(await outcomes(store)).toEqual(each('STORE_TIMEOUT'));
      await group.primary.resume();
      await until(() => outcome(store.stamp(['table:city'])).then(told => told === 'done'), { what: 'an answer' });
      expect(await outcomes(store)).toEqual(each('done'));
      await store.close();
    },
  );
});
