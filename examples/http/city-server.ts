import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';

import { isQuerySpecError } from '@mikro-kit/query-spec';
import type { EntityManager, MikroORM } from '@mikro-orm/sqlite';

import { cityQuery } from './cities.ts';

/**
 * - `GET /cities?filter[country]=BR&sort=-population&after=…` is a page by cursor;
 * - `POST /cities/search` takes the same query as JSON and answers with a part of the list and its total.
 */
export function cityServer(orm: MikroORM): Server {
  return createServer((request, response) => {
    answer(orm.em.fork(), request)
      .then(body => send(response, 200, 'application/json', body))
      .catch((error: unknown) => sendError(response, error));
  });
}

async function answer(em: EntityManager, request: IncomingMessage): Promise<object> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  switch (`${request.method} ${pathname}`) {
    case 'GET /cities': {
      const after = searchParams.get('after');
      searchParams.delete('after');
      return cityQuery.page(em, cityQuery.fromQueryString(searchParams), { after });
    }
    case 'POST /cities/search':
      return cityQuery.list(em, cityQuery.parse(await json(request)));
    default:
      return { cities: '/cities?filter[country]=BR&sort=-population' };
  }
}

function sendError(response: ServerResponse, error: unknown): void {
  if (isQuerySpecError(error)) {
    const problem = error.toProblem();
    send(response, problem.status, 'application/problem+json', problem);
  } else if (error instanceof SyntaxError) {
    send(response, 400, 'application/problem+json', { title: 'Bad Request', status: 400, detail: 'No JSON.' });
  } else {
    send(response, 500, 'application/problem+json', { title: 'Internal Server Error', status: 500 });
  }
}

function send(response: ServerResponse, status: number, type: string, body: object): void {
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
}
