import { createServer } from 'node:http';

import { getHealth, type HealthCheck, type HealthMonitor } from '@mikro-kit/health';
import type { MikroORM } from '@mikro-orm/sqlite';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { openOrm } from './open-orm.ts';

let orm: MikroORM;
let monitor: HealthMonitor;
let base: string;
const server = createServer((req, res) => monitor.handler()(req, res));

beforeEach(async () => {
  orm = openOrm();
  monitor = getHealth(orm);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${listeningPort()}`;
});

afterEach(async () => {
  await new Promise(resolve => server.close(resolve));
  await orm.close();
});

function listeningPort(): number {
  const address = server.address();
  if (typeof address === 'object' && address) return address.port;
  throw new Error('The server does not listen');
}

function breakSomething(): void {
  monitor.add('queue', () => Promise.reject(new Error('gone')));
}

it('answers 200 while ready, on GET and HEAD, under any prefix and with a query', async () => {
  const answers = await Promise.all([
    fetch(`${base}/ready`),
    fetch(`${base}/health`, { method: 'HEAD' }),
    fetch(`${base}/internal/live?verbose`),
  ]);
  expect(answers.map(answer => answer.status)).toEqual([200, 200, 200]);
  expect(await answers[1]?.text()).toBe('');
});

it('answers 503 when not ready, but stays live', async () => {
  breakSomething();
  const answers = await Promise.all(['live', 'ready', 'health'].map(path => fetch(`${base}/${path}`)));
  expect(answers.map(answer => answer.status)).toEqual([200, 503, 503]);
});

it('answers 200 when degraded', async () => {
  monitor.add('mail', () => ({ status: 'degraded', reason: 'slow' }));
  const answer = await fetch(`${base}/ready`);
  expect([answer.status, await answer.json()]).toEqual([200, { status: 'warn' }]);
});

it('never asks a database for /live', async () => {
  await fetch(`${base}/live`);
  expect(await orm.isConnected()).toBe(false);
});

it('speaks health+json, a list for each component', async () => {
  breakSomething();
  const answer = await fetch(`${base}/health`);
  expect(answer.headers.get('content-type')).toBe('application/health+json');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const check = { observedValue: expect.any(Number), observedUnit: 'ms', time: expect.any(String) };
  expect(await answer.json()).toEqual({
    status: 'fail',
    checks: {
      'database:responseTime': [{ ...check, componentId: 'database:primary', status: 'pass' }],
      'queue:responseTime': [{ ...check, componentId: 'queue', status: 'fail', output: 'gone' }],
    },
  });
});

it('keeps the details out of /ready', async () => {
  breakSomething();
  expect(await (await fetch(`${base}/ready`)).json()).toEqual({ status: 'fail' });
});

it('answers from the last round while checks are periodic', async () => {
  const check = vi.fn<HealthCheck>(() => undefined);
  monitor.add('queue', check);
  monitor.start();
  await vi.waitFor(() => expect(monitor.last()).toBeDefined());
  await Promise.all([fetch(`${base}/ready`), fetch(`${base}/health`)]);
  expect(check).toHaveBeenCalledTimes(1);
});

it('refuses other methods and paths', async () => {
  const answers = await Promise.all([fetch(`${base}/health`, { method: 'POST' }), fetch(`${base}/metrics`)]);
  expect(answers.map(answer => answer.status)).toEqual([405, 404]);
});
