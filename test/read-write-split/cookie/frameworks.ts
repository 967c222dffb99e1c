import { once } from 'node:events';
import { Readable } from 'node:stream';

import { serve, type ServerType } from '@hono/node-server';
import type { CausalCookie } from '@mikro-kit/read-write-split';
import { Controller, Get, HttpCode, Module, Param, Post, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import express, { type ErrorRequestHandler } from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { stream } from 'hono/streaming';

import type { Served, Shop } from './shop.ts';

/** Serves the shop. */
export type Serve = (shop: Shop, cookie: CausalCookie) => Promise<Served>;

/** Serves the shop by each framework, with the cookie. */
export const frameworks: Readonly<Record<string, Serve>> = {
  express: async (shop, cookie) => {
    const app = express();
    app.use(cookie.express(shop.orm));
    app.use(express.json());
    app.get('/where', (_request, response) => void response.send(shop.where()));
    app.post('/write/:id', (request, response) =>
      shop.write(Number(request.params.id)).then(where => void response.send(where)),
    );
    app.post('/stream/:id', (request, response) => {
      Readable.from(shop.chunks(Number(request.params.id))).pipe(response);
    });
    app.post('/fail/:id', request => shop.fail(Number(request.params.id)));
    app.use(answerFailed);
    return listening(app.listen(0, '127.0.0.1'));
  },
  fastify: async (shop, cookie) => {
    const app = fastify();
    await app.register(cookie.fastify(shop.orm));
    app.get('/where', async () => shop.where());
    app.post<ById>('/write/:id', request => shop.write(Number(request.params.id)));
    app.post<ById>('/stream/:id', async (request, reply) => {
      const rows = shop.chunks(Number(request.params.id));
      const first = await rows.next();
      return reply.type('text/plain').send(Readable.from(after(first, rows)));
    });
    app.post<ById>('/fail/:id', request => shop.fail(Number(request.params.id)));
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    return { url, close: () => app.close().then(() => undefined) };
  },
  hono: async (shop, cookie) => {
    const app = new Hono();
    app.use(cookie.hono(shop.orm));
    app.get('/where', context => context.text(shop.where()));
    app.post('/write/:id', async context => context.text(await shop.write(Number(context.req.param('id')))));
    app.post('/stream/:id', async context => {
      const rows = shop.chunks(Number(context.req.param('id')));
      const first = await rows.next();
      return stream(context, async out => {
        for await (const chunk of after(first, rows)) await out.write(chunk);
      });
    });
    app.post('/fail/:id', context => shop.fail(Number(context.req.param('id'))));
    app.onError((_error, context) => context.text('failed', 500));
    return listening(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }));
  },
  nest: async (shop, cookie) => {
    const app = await NestFactory.create(nestModule(shop), { logger: false });
    app.use(cookie.nest(shop.orm));
    await app.listen(0, '127.0.0.1');
    return { url: await app.getUrl(), close: () => app.close() };
  },
};

interface ById {
  Params: { id: string };
}

async function* after(first: IteratorResult<string>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (first.done !== true) yield first.value;
  yield* rest;
}

/** Express knows an error handler by its four parameters. */
const answerFailed: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.headersSent) next(error);
  else response.status(500).send('failed');
};

async function listening(server: ServerType): Promise<Served> {
  if (!server.listening) await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

/** Nest's decorators are of the old kind, which are functions that can be called. */
function nestModule(shop: Shop): new () => object {
  class ShopController {
    where(): string {
      return shop.where();
    }
    write(id: string): Promise<string> {
      return shop.write(Number(id));
    }
    stream(id: string, response: NodeJS.WritableStream): void {
      Readable.from(shop.chunks(Number(id))).pipe(response);
    }
    fail(id: string): Promise<never> {
      return shop.fail(Number(id));
    }
  }
  class ShopModule {
    readonly name = 'shop';
  }
  const decorate = (name: keyof ShopController, ...decorators: MethodDecorator[]): void => {
    const descriptor = Object.getOwnPropertyDescriptor(ShopController.prototype, name);
    for (const decorator of decorators) decorator(ShopController.prototype, name, descriptor ?? {});
  };
  decorate('where', Get('where'));
  for (const name of ['write', 'stream', 'fail'] as const) {
    decorate(name, Post(`${name}/:id`), HttpCode(200));
    Param('id')(ShopController.prototype, name, 0);
  }
  Res()(ShopController.prototype, 'stream', 1);
  Controller()(ShopController);
  Module({ controllers: [ShopController] })(ShopModule);
  return ShopModule;
}
