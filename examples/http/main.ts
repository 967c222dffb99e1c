/** `npm run build && node examples/http/main.ts`: cities over HTTP, on port 3000 or `PORT`. */
import type { AddressInfo } from 'node:net';

import { openCities } from './cities.ts';
import { cityServer } from './city-server.ts';

const orm = await openCities();
const server = cityServer(orm);
server.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${portOf(server.address())}/cities?filter[country]=BR&sort=-inhabitants`);
});
process.once('SIGTERM', () => {
  server.close();
  void orm.close();
});

function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
