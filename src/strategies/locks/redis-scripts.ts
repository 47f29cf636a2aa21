import { createHash } from 'node:crypto';

/**
 * The lock protocol, as scripts that Redis runs atomically. `KEYS` are the fence counter and then, for each lock in the order of
 * taking, the lock (a string: the holder's token) and its queue (a sorted set of waiters' tokens by ticket); `ARGV[1]` is the caller's token. A token is
 * `<client>:<expiry in ms>:<number>`: it names the channel to wake its owner on and the lease its owner wants.
 * Release hands the lock to the first waiter that still listens, so that no wake-up is lost, none is for nothing, and nobody barges in.
 */
export interface RedisScript {
  readonly source: string;
  /** What EVALSHA names it by. */
  readonly sha1: string;
}

const shared = `
local token = ARGV[1]

-- Counts on from the clock (in microseconds, which no count overtakes) when the counter is new, so that fencing tokens grow even past
-- a server that forgot everything; so nothing is lost when an abandoned counter expires after a day.
local function count()
  local number = redis.call('INCR', KEYS[1])
  if number == 1 then
    local now = redis.call('TIME')
    number = now[1] * 1000000 + now[2]
    redis.call('SET', KEYS[1], string.format('%.0f', number), 'EX', 86400)
  end
  return number
end

-- PUBLISH counts who heard it: a waiter whose connection is gone is passed over.
local function pass(lock, queue)
  while true do
    local head = redis.call('ZPOPMIN', queue)[1]
    if not head then
      redis.call('DEL', lock)
      return
    end
    local client, expiry = string.match(head, '^([^:]+):(%d+):')
    local channel = string.gsub(KEYS[1], 'fence$', 'wake:') .. client
    if redis.call('PUBLISH', channel, head .. ' ' .. string.format('%.0f', count())) > 0 then
      redis.call('SET', lock, head, 'PX', expiry)
      return
    end
  end
end

-- Leaves the queue and gives the lock back if it was held; says whether it was.
local function leave(lock, queue)
  if redis.call('GET', lock) == token then
    pass(lock, queue)
    return true
  end
  redis.call('ZREM', queue, token)
  return false
end
`;

function script(body: string): RedisScript {
  const source = shared + body;
  return { source, sha1: createHash('sha1').update(source).digest('hex') };
}

/**
 * Takes the locks in order as far as they are free, renewing the leases of those held already, and queues up (unless `ARGV[3]` is 0) for the
 * first that is not. `ARGV[2]` is the lease in ms.
 * Who may stand in a queue already says so by an `ARGV[3]` of 2, and gets what is free out of the queue only.
 * Replies `{fence, locks}`, or `{0, held, ms that the blocking lease has left, counter}`:
 * a wake-up with a fencing token up to this counter is of a hand-over before, whose lease has ended since.
 */
export const acquireScript = script(`
local expiry, locks = ARGV[2], (#KEYS - 1) / 2
for i = 1, locks do
  local lock, queue = KEYS[2 * i], KEYS[2 * i + 1]
  if ARGV[3] == '2' or not redis.call('SET', lock, token, 'NX', 'PX', expiry) then
    local holder = redis.call('GET', lock)
    if holder == token then
      redis.call('PEXPIRE', lock, expiry)
    else
      if ARGV[3] ~= '0' then
        if not redis.call('ZSCORE', queue, token) then redis.call('ZADD', queue, count(), token) end
        -- An abandoned queue outlives its last waiter's next look at the lock, and not much more.
        redis.call('PEXPIRE', queue, 2 * expiry + 60000)
      end
      -- A lease that ran out while others wait: the lock is the first waiter's, which may be this one.
      if not holder then
        pass(lock, queue)
        holder = redis.call('GET', lock)
      end
      if holder ~= token then
        -- Nothing that comes later in the order is kept while waiting for this one, or two clients could wait for each other.
        for later = i + 1, locks do leave(KEYS[2 * later], KEYS[2 * later + 1]) end
        return {0, i - 1, redis.call('PTTL', lock), tonumber(redis.call('GET', KEYS[1]) or 0)}
      end
    end
  end
end
return {count(), locks}
`);

/** Leaves the queues and gives back, last lock first, what is held. Replies how many were not held (any more). */
export const releaseScript = script(`
local lost = 0
for i = (#KEYS - 1) / 2, 1, -1 do
  if not leave(KEYS[2 * i], KEYS[2 * i + 1]) then lost = lost + 1 end
end
return lost
`);

/** Renews the leases of the locks to `ARGV[2]` ms. Replies how many were not held any more. */
export const extendScript = script(`
local lost = 0
for i = 1, (#KEYS - 1) / 2 do
  if redis.call('GET', KEYS[2 * i]) ~= token or redis.call('PEXPIRE', KEYS[2 * i], ARGV[2]) == 0 then lost = lost + 1 end
end
return lost
`);
