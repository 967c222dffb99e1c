import type { LogPosition, LogPositions } from '../positions/log-positions.ts';
import { mariadbPositions } from '../positions/mariadb-positions.ts';
import { mongoPositions } from '../positions/mongo-positions.ts';
import { mysqlPositions } from '../positions/mysql-positions.ts';
import { postgresPositions } from '../positions/postgres-positions.ts';

/** A database product whose positions go into tokens. */
export type TokenProduct = LogPositions['product'] | 'mongodb';

interface PositionFormat {
  readonly product: TokenProduct;
  parse(text: string): LogPosition | undefined;
}

/** What a token says that a reader must see. */
export interface TokenContent {
  readonly position: LogPosition | undefined;
  /** The product whose position it is. */
  readonly product?: TokenProduct;
  /** The cluster or server that wrote it; empty where servers have no such thing. */
  readonly origin: string;
  /** Reads go to the primary until then, in milliseconds since 1970, because a write's position is not known; or 0. */
  readonly until: number;
}

/** The longest token, in characters; a cookie holds ten of them. */
export const MAX_TOKEN_LENGTH = 400;

/** No token sends reads to the primary for longer, whatever it says, in milliseconds. */
const MAX_UNTIL_MS = 3_600_000;
const VERSION = '1';
const NONE = '-';
const formats: readonly PositionFormat[] = [postgresPositions, mysqlPositions, mariadbPositions, mongoPositions];

/** The text of a token: letters, digits, `-` and `_`; undefined if it would be too long. */
export function encodeToken({ position, origin, until }: TokenContent): string | undefined {
  const text = `${VERSION} ${String(position ?? NONE)} ${origin || NONE} ${Math.ceil(until)}`;
  // That is base64url: of ASCII only `>`, `?` and `~` would give a `+` or `/`. By a Buffer it takes twice as long.
  const token = btoa(text).slice(0, Math.ceil((text.length * 4) / 3));
  return token.length <= MAX_TOKEN_LENGTH ? token : undefined;
}

/** What a token says; undefined for anything that {@link encodeToken} did not write. Takes time linear in its length. */
export function decodeToken(token: string): TokenContent | undefined {
  if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH || !/^[\w-]+$/.test(token)) return undefined;
  const fields = Buffer.from(token, 'base64url').toString('latin1').split(' ');
  const [version, text = '', origin = '', until = ''] = fields;
  if (version !== VERSION || fields.length !== 4 || origin === '' || !/^\d{1,15}$/.test(until)) return undefined;
  const found = positionFrom(text);
  if (text !== NONE && !found) return undefined;
  return { ...found, position: found?.position, origin: origin === NONE ? '' : origin, until: untilFrom(until) };
}

/** The products write their positions differently, so the text tells whose it is. */
function positionFrom(text: string): Pick<TokenContent, 'position' | 'product'> | undefined {
  for (const format of formats) {
    const position = format.parse(text);
    if (position) return { product: format.product, position };
  }
  return undefined;
}

function untilFrom(text: string): number {
  return Math.min(Number(text), Date.now() + MAX_UNTIL_MS);
}
