import { hash } from 'node:crypto';

/**
 * The scripts that change a stamp. Each works on one key, so that they run on a Cluster as well.
 *
 * A stamp's value is `s:<nonce>`, or `h:<json>` with the deadline of each owner's hold in the server's milliseconds. The
 * key of a held stamp expires with its last hold. A nonce is made of the caller's random text and the server's clock to
 * the microsecond, so a script that a client sends twice makes two nonces.
 */
const PRELUDE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local value = redis.call('GET', KEYS[1])

local function holds()
  local live = {}
  if value and string.sub(value, 1, 2) == 'h:' then
    for owner, deadline in pairs(cjson.decode(string.sub(value, 3))) do
      if deadline > now then live[owner] = deadline end
    end
  end
  return live
end

local function hold(live)
  local last = now
  for _, deadline in pairs(live) do last = math.max(last, deadline) end
  redis.call('SET', KEYS[1], 'h:' .. cjson.encode(live), 'PX', last - now)
end
`;

/**
 * Arguments: owner, milliseconds of the hold. Begins with a delete, which a server that is out of memory takes, and
 * after which it lets a script write: a stamp that could not be ended would let the old entry hit.
 */
export const MARK: string = `${PRELUDE}
local live = holds()
live[ARGV[1]] = now + tonumber(ARGV[2])
redis.call('DEL', KEYS[1])
hold(live)`;

/** Arguments: owner. Leaves no stamp unless others hold it: whoever reads next makes one. */
export const BUMP: string = `${PRELUDE}
local live = holds()
live[ARGV[1]] = nil
redis.call('DEL', KEYS[1])
if next(live) then hold(live) end`;

/** Arguments: random text, milliseconds that an unused stamp lives. Returns the value. */
export const STAMP: string = `${PRELUDE}
if not value then
  value = 's:' .. ARGV[1] .. ':' .. time[1] .. '.' .. time[2]
  redis.call('SET', KEYS[1], value, 'PX', ARGV[2])
end
return value`;

/** Arguments: owner. */
export const RELEASE: string = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`;

/** All of them, by the names under which a server keeps them. */
export const SCRIPTS: ReadonlyMap<string, string> = new Map(
  [MARK, BUMP, STAMP, RELEASE].map(script => [hash('sha1', script), script]),
);

const NAMES = new Map([...SCRIPTS].map(([name, script]) => [script, name]));

/** What a server calls a script of ours: its SHA-1. */
export function scriptName(script: string): string {
  return NAMES.get(script) ?? hash('sha1', script);
}
