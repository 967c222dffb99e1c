import type { IncomingMessage, ServerResponse } from 'node:http';

import { healthJson, statusJson } from './health-json.ts';
import type { HealthReport } from './health-report.ts';

/** What is sent. */
interface Answer {
  readonly code: number;
  readonly body: object;
}

/** A listener for `/live`, `/ready` and `/health`: 200 or 503, 404 for another path, 405 for another method. */
export function healthHandler(
  report: () => Promise<HealthReport>,
): (req: IncomingMessage, res: ServerResponse) => void {
  return (req, res) => {
    void answer(req, report).then(({ code, body }) =>
      send(res, code, req.method === 'HEAD' ? '' : JSON.stringify(body)),
    );
  };
}

async function answer(req: IncomingMessage, report: () => Promise<HealthReport>): Promise<Answer> {
  if (req.method !== 'GET' && req.method !== 'HEAD') return { code: 405, body: { error: 'Use GET or HEAD' } };
  switch (endpoint(req.url ?? '')) {
    case 'live':
      return { code: 200, body: statusJson('up') };
    case 'ready':
      return ready(await report());
    case 'health':
      return full(await report());
    default:
      return { code: 404, body: { error: 'Use /live, /ready or /health' } };
  }
}

function endpoint(url: string): string {
  return url.split('?', 1)[0]?.split('/').at(-1) ?? '';
}

function ready(report: HealthReport): Answer {
  return { code: report.ready ? 200 : 503, body: statusJson(report.status) };
}

function full(report: HealthReport): Answer {
  return { code: report.ready ? 200 : 503, body: healthJson(report) };
}

function send(res: ServerResponse, code: number, body: string): void {
  res.writeHead(code, { 'content-type': 'application/health+json', 'cache-control': 'no-store' }).end(body);
}
