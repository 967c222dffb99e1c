import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const main = join(import.meta.dirname, '../../examples/http/main.ts');

describe('the HTTP example', () => {
  let server: ChildProcess;
  let origin = '';
  beforeAll(async () => {
    const child = spawn(process.execPath, [main], {
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    server = child;
    const [line]: unknown[] = await once(createInterface(child.stdout), 'line');
    origin = new URL(String(line)).origin;
  });
  afterAll(() => server.kill());

  const get = async (query: string): Promise<unknown> => (await fetch(`${origin}/cities?${query}`)).json();

  it('answers with pages, which obey the filter of the entity', async () => {
    const first = await get('sort=-inhabitants&limit=3');
    expect(first).toMatchObject({
      items: [{ name: 'Shanghai' }, { name: 'São Paulo' }, { name: 'Salvador' }],
      hasNextPage: true,
    });
    const after = new URLSearchParams({ after: String(Reflect.get(Object(first), 'endCursor')) });
    const rest = await get(`sort=-inhabitants&limit=3&${String(after)}`);
    expect(rest).toMatchObject({ items: [{ name: 'Santos' }], hasNextPage: false });
  });

  it('answers a query in a body with its total', async () => {
    const body = JSON.stringify({
      filters: { name: ['icontains', 'SA'] },
      orderBy: 'name',
      fields: ['name'],
      limit: 1,
    });
    const response = await fetch(`${origin}/cities/search`, { method: 'POST', body });
    expect(await response.json()).toEqual({
      items: [{ id: 2, name: 'Salvador' }],
      limit: 1,
      offset: 0,
      total: 2,
      totalKind: 'exact',
    });
  });

  it('refuses what is not listed, with problem details', async () => {
    const response = await fetch(`${origin}/cities?filter[draft]=true`);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ code: 'UNKNOWN_FIELD', pointer: '/filters/draft' });
    expect((await fetch(`${origin}/cities?after=forged`)).status).toBe(400);
  });
});
