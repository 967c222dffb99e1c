/** A program: another process of the application. Reads, by tokens that it is sent, what its parent wrote. */
import { getReadWriteSplit } from '@mikro-kit/read-write-split';
import { RequestContext } from '@mikro-orm/core';

import { Note, openOrm } from './products.ts';
import type { ReaderArguments, Request, Response } from './reader-process.ts';

const { product, where, options }: ReaderArguments = JSON.parse(process.argv[2] ?? '{}');
const orm = await openOrm(product, where, options);
const split = getReadWriteSplit(orm);

async function answer({ call, id, token }: Request): Promise<Response> {
  return RequestContext.create(orm.em, async () => {
    const nodes: string[] = [];
    const stop = split.on('routed', ({ node }) => nodes.push(node));
    const note = await split.withToken(token, () => orm.em.findOne(Note, id));
    stop();
    return { ...(call !== undefined && { call }), id, isFound: note !== null, node: nodes.at(-1) ?? 'none' };
  });
}

process.on('message', (request: Request) => {
  answer(request).then(
    response => process.send?.(response),
    (error: unknown) => process.send?.({ ...request, isFound: false, node: 'none', error: String(error) }),
  );
});
process.on('disconnect', () => void orm.close());
process.send?.('ready');
