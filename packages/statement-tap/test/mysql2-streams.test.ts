import { EventEmitter } from 'node:events';

import { expect, it, vi } from 'vitest';

import { endStreamWithConnection } from '../src/sql/mysql2-streams.ts';

const lost = new Error('lost');

/** As `mysql2` 3 has it: a connection with what it is doing, which hears of errors too. */
function connectionDoing(what: object) {
  const command = Object.assign(new EventEmitter(), what);
  const connection = Object.assign(new EventEmitter(), { ['_command']: command });
  endStreamWithConnection(connection);
  return { connection, command };
}

it('a stream fails with its connection', () => {
  const { connection, command } = connectionDoing({ sql: 'select 1' });
  const heard = vi.fn<(error: Error) => void>();
  command.on('error', heard);
  connection.emit('error', lost);
  expect(heard.mock.calls).toEqual([[lost]]);
});

it.each([
  ['a query with a callback', { sql: 'select 1', onResult: () => {} }],
  ['a handshake, which would tell the connection again, and so for ever', {}],
])('%s is left to mysql2', (_, what) => {
  const { connection, command } = connectionDoing(what);
  const heard = vi.fn<(error: Error) => void>(error => void connection.emit('error', error));
  command.on('error', heard);
  connection.emit('error', lost);
  expect(heard).not.toHaveBeenCalled();
});
