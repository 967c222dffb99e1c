import { causalCookie } from '@mikro-kit/read-write-split';
import { expect, it } from 'vitest';

const secret = 'a secret of enough characters';

it.each<[options: object, says: string]>([
  [{ secret: undefined }, 'secret must have 16 characters or more'],
  [{ secret: 'short' }, 'secret must have 16 characters or more'],
  [{ secret: Buffer.alloc(32) }, 'secret must have 16 characters or more'],
  [{ secret: [secret, 1] }, 'secret must have 16 characters or more'],
  [{ maxAge: 5_000 }, 'There is no option maxAge; there are secret, name, maxAgeMs'],
  [{ maxAgeMs: Infinity }, 'maxAgeMs must be from 1000'],
  [{ secure: 'no' }, "secure must be true or false, not 'no'"],
  [{ sameSite: 'None', secure: false }, "browsers refuse sameSite 'None' without secure"],
  [{ name: 'a b' }, "name must be a cookie's name"],
  [{ path: '/; Domain=b' }, 'path and domain must be printable'],
])('the cookie refuses %j', (options, says) => {
  expect(() => causalCookie({ secret, ...options })).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(says) }),
  );
});
