import type { Socket } from 'node:net';

import type { Answer } from './answer.ts';
import { readRequest, splitMessages, writeReply } from './wire-format.ts';

/** Serves one client: its commands are answered one after the other, in order. */
export async function serve(socket: Socket, answer: Answer): Promise<void> {
  let received: Buffer = Buffer.alloc(0);
  let replies = 0;
  for await (const chunk of socket) {
    const { messages, rest } = splitMessages(Buffer.concat([received, chunk]));
    received = rest;
    for (const message of messages) {
      const request = readRequest(message);
      const reply = await answer(request.command);
      replies += 1;
      if (request.wantsReply) socket.write(writeReply(request, replies, reply));
    }
  }
}
