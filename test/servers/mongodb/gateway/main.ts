/**
 * A program: `node main.ts PORT POSTGRES_PORT SET_NAME HOST:PORT…` speaks the MongoDB wire protocol on 127.0.0.1:PORT for
 * a PostgreSQL with the DocumentDB extension, as a member of the replica set whose members are listed.
 */
import { createServer } from 'node:net';

import { answerer } from './answer.ts';
import { backend } from './backend.ts';
import { serve } from './connection.ts';

const [port, postgresPort, setName = '', ...hosts] = process.argv.slice(2);
const answer = answerer(backend(Number(postgresPort)), { setName, hosts, me: `127.0.0.1:${port}` });

createServer({ noDelay: true }, socket => {
  serve(socket, answer).catch((error: unknown) => {
    console.error(error); // the log of the test server
    socket.destroy();
  });
}).listen(Number(port), '127.0.0.1');
