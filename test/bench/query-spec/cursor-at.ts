import { hash } from 'node:crypto';

/** Moves an unsigned cursor to another row, which saves walking there. */
export function cursorAt(cursor: string, { population, id }: { population: number; id: number }): string {
  const [written = ''] = cursor.split('.');
  const [binding]: unknown[] = JSON.parse(Buffer.from(written, 'base64url').toString());
  const payload = Buffer.from(JSON.stringify([binding, population, id])).toString('base64url');
  const tag = hash('sha256', payload, 'base64url').slice(0, 22);
  return `${payload}.${tag}`;
}
