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

local function renew(random, lifetime)
  value = 's:' .. random .. ':' .. time[1] .. '.' .. time[2]
  redis.call('SET', KEYS[1], value, 'PX', lifetime)
end
`;

/** Arguments: owner, milliseconds of the hold. */
export const MARK: string = `${PRELUDE}
local live = holds()
live[ARGV[1]] = now + tonumber(ARGV[2])
hold(live)`;

/** Arguments: owner, random text, milliseconds that an unused stamp lives. */
export const BUMP: string = `${PRELUDE}
local live = holds()
live[ARGV[1]] = nil
if next(live) then hold(live) else renew(ARGV[2], ARGV[3]) end`;

/** Arguments: random text, milliseconds that an unused stamp lives. Returns the value. */
export const STAMP: string = `${PRELUDE}
if not value then renew(ARGV[1], ARGV[2]) end
return value`;
