import { randomBytes } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { decodeToken, encodeToken, MAX_TOKEN_LENGTH, type TokenContent } from '../src/causal/token.ts';
import { sign, verify } from '../src/cookie/signed-token.ts';
import { mariadbPositions } from '../src/positions/mariadb-positions.ts';
import { mongoPositions } from '../src/positions/mongo-positions.ts';
import { mysqlPositions } from '../src/positions/mysql-positions.ts';
import { postgresPositions } from '../src/positions/postgres-positions.ts';

const formats = [postgresPositions, mysqlPositions, mariadbPositions, mongoPositions];

const position = postgresPositions.parse('1/16/B374D848');
const token = encodeToken({ position, origin: '7711421963655844372', until: 0 }) ?? '';
const asToken = (text: string): string => Buffer.from(text).toString('base64url');

describe('a consistency token', () => {
  it('says again what was put into it', () => {
    expect(decodeToken(token)).toEqual({ position, product: 'postgres', origin: '7711421963655844372', until: 0 });
    const byTime: TokenContent = { position: undefined, origin: '', until: Date.now() + 2_000 };
    expect(decodeToken(encodeToken(byTime) ?? '')).toEqual(byTime);
  });

  it.each([
    '1/16/B374D848',
    '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7:shop_eu:1-9,4b22fa47-71ca-11e1-9e33-c80aa9429562:1',
    '0-1-270,1-2-12',
    '1764000000.7',
  ])('is letters, digits, - and _, whatever its length, and says again %s', place => {
    const found = formats.map(format => format.parse(place)).find(candidate => candidate !== undefined);
    for (const until of [0, 10, 100]) {
      const text = encodeToken({ position: found, origin: '', until });
      expect(text).toMatch(/^[\w-]+$/);
      expect(decodeToken(text ?? '')).toMatchObject({ position: found, until });
    }
  });

  it('is never long', () => {
    expect(encodeToken({ position, origin: 'x'.repeat(MAX_TOKEN_LENGTH), until: 0 })).toBeUndefined();
  });

  it.each([
    ['', 'nothing'],
    [`${token}=`, 'another alphabet'],
    [token.slice(0, -8), 'a part of one'],
    [`${token}${token}`, 'two'],
    ['A'.repeat(1_000_000), 'a megabyte'],
    [asToken('2 1/0/1 - 0'), 'another version'],
    [asToken('1 1/0/1 -'), 'too little'],
    [asToken('1 1/0/1 - 0 0'), 'too much'],
    [asToken("1 1/0/1'::pg_lsn;drop - 0"), 'SQL'],
    [asToken('1 1/0/1 - -5'), 'a time before 1970'],
    [asToken('1 1/0/1 - 1e300'), 'a time that is no number'],
    [asToken('1 __proto__ - 0'), 'a name of JavaScript'],
  ])('is not read from %j: %s', text => {
    expect(decodeToken(text)).toBeUndefined();
  });

  it('is not read from noise, which never throws', () => {
    for (let n = 0; n < 5_000; n++) {
      const noise = randomBytes(n % 80);
      expect(decodeToken(noise.toString('base64url'))).toBeUndefined();
      expect(decodeToken(noise.toString('latin1'))).toBeUndefined();
    }
  });

  it('sends nobody to the primary for longer than an hour', () => {
    const until = decodeToken(asToken(`1 - - ${10 ** 14}`))?.until;
    expect(until).toBeLessThanOrEqual(Date.now() + 3_600_000);
  });
});

describe('a signed token', () => {
  const now = Date.parse('2026-01-01');
  const [first, second] = ['first secret of sixteen', 'second secret of sixteen'];
  const signed = sign(token, [first], now);

  it('is believed for its age, by whoever has the secret, also while secrets change', () => {
    expect(verify(signed, [first], 1_000, now + 1_000)).toBe(token);
    expect(verify(signed, [second, first], 1_000, now)).toBe(token);
  });

  it('is not believed when it is old, from the future, or of another secret', () => {
    expect(verify(signed, [first], 1_000, now + 1_001)).toBeUndefined();
    expect(verify(signed, [first], 1_000, now - 6_000)).toBeUndefined();
    expect(verify(signed, [second], 1_000, now)).toBeUndefined();
  });

  it('is not believed when any of its characters was changed', () => {
    for (let at = 0; at < signed.length; at++) {
      const forged = `${signed.slice(0, at)}${signed[at] === 'x' ? 'y' : 'x'}${signed.slice(at + 1)}`;
      expect(verify(forged, [first], 1_000, now), `at ${at}`).toBeUndefined();
    }
  });

  it.each(['', '.', '..', 'a.b.c', `${signed}.x`, signed.slice(1), 'x'.repeat(100_000)])(
    'is not read from %j',
    text => {
      expect(verify(text, [first], 1_000, now)).toBeUndefined();
    },
  );
});
