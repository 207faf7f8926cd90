-- Windows that many processes share: what window.py does, as one atomic step in Redis. Names and rules are the same there.
-- A window is a value of its own; calls on their way are leases in a sorted set, by the moment at which they end.

local ask = cmsgpack.unpack(ARGV[1])
local now = ask.now
if not now then
  local time = redis.call('TIME')
  now = time[1] + time[2] / 1000000
end

local LATE, SAME, UNTOLD, UNSURE, PATIENCE, MUTE, SKEW, DAY = 1, 2, 60, 10, 2, 10, 2, 86400
local NEVER = 1e300 -- no infinity: cmsgpack and cjson have none
local ARRIVED = 5 -- seconds after which a call has reached X, or never will
local KEPT = 3600 -- seconds that a window is remembered after it ended
local SOON, LATELY = 0.5, 1.5 -- seconds before and after the moment it asks again during which a process counts as waiting
local SETTLING = 6 -- seconds until all processes have found a Redis that was away, and told it of their calls
local PARTS = 4 -- in so many steps each gets its part
local SECONDS = { [0] = 900, [1] = DAY, [2] = DAY }
local PACE, BREAKER, WAITING, PROCESSES = KEYS[7], KEYS[8], KEYS[9], KEYS[10]

local function key(place) return KEYS[place * 2 + 1] end
local function flights(place) return KEYS[place * 2 + 2] end
local function ends(seconds) return math.ceil(math.min(math.max(seconds, 0), DAY) + KEPT) end
local function silent(w) return w.mute >= MUTE end
local function count(w) if w.left then w.left = w.left - 1 end end

-- A lease that ended is of a process that died, or of a call that takes very long: X may have counted it. It has, or
-- never will, if it told what is left in an answer to a call that went well after it; then there is nothing to count.
local function sweep(w)
  local set = flights(w.place)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', set, '-inf', now)) do
    local number, taken = string.match(member, '^[^:]*:(%d+):([%d.]+)$')
    redis.call('ZREM', set, member)
    if tonumber(number) == w.number and not (w.fresh and w.fresh > tonumber(taken) + ARRIVED) then count(w) end
  end
  w.flying = redis.call('ZCARD', set)
end

local function create(place, calls)
  return { place = place, number = math.floor(now * 1000), opens = NEVER, calls = calls, left = calls, told = false,
    mute = 0, trial = UNSURE, tried = 0, spaced = 0, born = string.format('%.6f', now), flying = 0 }
end

local function load(place)
  local found, listed = redis.call('GET', key(place)), ask.listed[place + 1]
  local w = found and cmsgpack.unpack(found) or (listed and create(place, listed > 0 and listed or nil))
  if w then
    w.seconds = SECONDS[place]
    sweep(w)
  end
  return w
end

local function save(w)
  redis.call('SET', key(w.place), cmsgpack.pack(w), 'EX', ends(w.opens - now))
end

local function turn(w)
  local was_shut = w.left and w.left <= 0 and not silent(w)
  w.number = w.number + 1
  w.opens, w.left, w.told, w.reset, w.spaced, w.fresh = NEVER, w.calls, false, nil, 0, nil
  w.trial, w.tried = silent(w) and 0 or was_shut and 1 or UNSURE, now
end

local function distance(w)
  return w.left and (w.opens - now) / math.max(w.left - w.flying, 1) or 0
end

local function held(seconds, why, calls, every)
  return { seconds = seconds, why = why, calls = calls or 1, every = every or 0 }
end

local function hold(w, spread)
  if now >= w.opens then turn(w) end
  local mute = silent(w)
  if w.left and w.left <= 0 and not mute then
    return held(w.opens - now, 'window', w.calls and w.calls > 0 and w.calls or 1, w.seconds)
  end
  if w.trial > 0 and w.flying >= w.trial and now < w.tried + PATIENCE then return held(w.tried + PATIENCE - now, 'answer') end
  local room = w.left and (w.settled and now < w.settled and w.left / 4 or w.left)
  if room and w.flying + 1 > room and not mute then return held(PATIENCE, 'answer') end
  if spread and now < w.spaced then return held(w.spaced - now, 'spacing', 1, distance(w)) end
end

local function take(w, spread)
  if w.trial > 0 and w.flying == 0 then w.tried = now end
  if w.opens == NEVER then w.opens = now + w.seconds end
  if spread then w.spaced = now + distance(w) end
  local member = string.format('%s:%d:%.6f', ask.id, w.number, now)
  redis.call('ZADD', flights(w.place), now + ask.lease, member)
  redis.call('EXPIRE', flights(w.place), math.ceil(ask.lease) + KEPT)
  w.flying = w.flying + 1
  return member
end

local function clock_of(reset, date)
  if not reset or not date or math.abs(date - now) <= SKEW or not (0 < reset - date and reset - date <= DAY) then return now end
  return date
end

local function ahead_of(w, told)
  local ahead = told.reset and told.reset - clock_of(told.reset, ask.date)
  if not ahead or ahead <= 0 then return nil end
  return (ahead <= DAY and ahead or w.seconds) + LATE
end

local function order(w, told)
  if not told.reset or not w.reset then return 0 end
  return told.reset > w.reset + SAME and 1 or told.reset < w.reset - SAME and -1 or 0
end

-- The word on a window that opens at `opens`, as far as anybody knows.
local function adopt(w, told, opens)
  local which = order(w, told)
  if which < 0 then return end
  local left = told.remaining and math.max(told.remaining, 0)
  if left and w.calls then left = math.min(left, w.calls) end
  if not w.told or which > 0 then
    if w.told then w.number, w.fresh = w.number + 1, nil end
    w.left, w.opens, w.reset = left or w.calls, opens, told.reset
  elseif left then
    w.left = w.left and math.min(w.left, left) or left
  end
  if not left then count(w) end
  w.told, w.mute = true, 0
end

local function learn(w, told)
  local ahead = ahead_of(w, told)
  if told.reset and not ahead then return false end
  if told.limit and told.limit > 0 then w.calls = told.limit end
  adopt(w, told, ahead and now + ahead or w.opens < NEVER and w.opens or now + w.seconds)
  return true
end

local function shut(w, told)
  local ahead = told and ahead_of(w, told)
  if told and order(w, told) < 0 then return end
  if told and told.limit and told.limit > 0 then w.calls = told.limit end
  if ask.wait then w.opens = now + ask.wait
  elseif ahead then w.opens = now + ahead
  elseif told and told.reset then w.opens = now + LATE
  elseif told or not w.left or w.left > 0 or w.opens == NEVER then w.opens = now + UNTOLD end
  w.left, w.told, w.reset, w.mute = 0, true, told and told.reset, -1e9
end

-- The call of a permit is over. One whose lease had ended was counted then.
local function land(w, member, told)
  local mine = redis.call('ZREM', flights(w.place), member) == 1
  w.flying = redis.call('ZCARD', flights(w.place))
  local number, taken = string.match(member, '^[^:]*:(%d+):([%d.]+)$')
  local learned = told and learn(w, told)
  local current = tonumber(number) == w.number
  if learned and current then w.fresh = math.max(w.fresh or 0, tonumber(taken)) end
  if not learned and current and mine then
    count(w)
    w.mute = w.mute + (w.told and 0 or 1)
  end
  if current then w.trial = 0 end
end

local function lose(w, member)
  local mine = redis.call('ZREM', flights(w.place), member) == 1
  w.flying = redis.call('ZCARD', flights(w.place))
  if mine and ask.counted and tonumber(string.match(member, ':(%d+):')) == w.number then count(w) end
end

local windows = {}
for place = 0, 2 do windows[place] = load(place) end
local pace = ask.pace and (function()
  local found = redis.call('GET', PACE)
  return found and cmsgpack.unpack(found) or { number = 0, next = 0 }
end)()

local function longest(spread)
  local found
  for place = 0, 2 do
    local each = windows[place] and hold(windows[place], spread)
    if each then
      if not found or each.seconds > found.seconds then each.shared, found = found and found.shared, each end
      if place == 2 and ask.as_user then found.shared = true end
    end
  end
  local gap = pace and pace.next - now
  if gap and gap > 0 and (not found or gap > found.seconds) then
    local shared = found and found.shared
    found = held(gap, 'spacing', 1, ask.pace)
    found.shared = shared
  end
  return found
end

local function finish(answer)
  for place = 0, 2 do if windows[place] then save(windows[place]) end end
  if pace then redis.call('SET', PACE, cmsgpack.pack(pace), 'EX', KEPT) end
  answer.born = windows[0].born
  return cjson.encode(answer)
end

-- Calls that are left to all, by place.
local function free()
  local found = {}
  for place = 0, 2 do
    local w = windows[place]
    if w and w.left and not silent(w) then found[tostring(place)] = math.max(w.left - w.flying, 0) end
  end
  return found
end

-- Others who wait as well get their part: who has had more than they in this window lets them go first.
local function greedy()
  local first, least = windows[0], nil
  if first.counted ~= first.number then first.counted, first.took = first.number, {} end
  local waiting = redis.call('ZRANGEBYSCORE', WAITING, now - LATELY, now + SOON)
  for _, each in ipairs(waiting) do
    if each ~= ask.process then least = math.min(least or NEVER, first.took[each] or 0) end
  end
  local ahead = (first.took[ask.process] or 0) - (least or NEVER)
  if ahead <= 0 then return false end
  local room = NEVER
  for _, each in pairs(free()) do room = math.min(room, each) end
  return pace or ask.spread or ahead > room / (PARTS * (#waiting + 1))
end

local acts = {}

function acts.take()
  local serial = redis.call('HGET', BREAKER, 'serial')
  if serial and ask.serial ~= '*' and serial ~= ask.serial then return cjson.encode({ tripped = serial }) end
  if ask.born and ask.born ~= windows[0].born then return cjson.encode({ strange = true, born = windows[0].born }) end
  redis.call('ZADD', PROCESSES, now, ask.process)
  redis.call('ZREMRANGEBYSCORE', PROCESSES, '-inf', now - ask.lease)
  redis.call('EXPIRE', PROCESSES, KEPT)
  local processes = redis.call('ZCARD', PROCESSES)
  local found = longest(ask.spread) or (greedy() and held(PATIENCE, 'answer'))
  if found then
    redis.call('ZADD', WAITING, now + (found.why == 'answer' and ask.poll or found.seconds), ask.process)
    redis.call('EXPIRE', WAITING, ends(found.seconds))
    return finish({ hold = found, processes = processes, free = free() })
  end
  redis.call('ZREM', WAITING, ask.process)
  windows[0].took[ask.process] = (windows[0].took[ask.process] or 0) + 1
  local marks = {}
  for place = 0, 2 do marks[place + 1] = windows[place] and take(windows[place], ask.spread) or '' end
  if pace then
    pace.number, pace.next = pace.number + 1, now + 2 * ask.pace
  end
  return finish({ marks = marks, number = pace and pace.number or 0, processes = processes, free = free() })
end

function acts.land()
  for place = 0, 2 do
    local w, member, told = windows[place], ask.marks[place + 1], ask.told[place + 1]
    if w and member and member ~= '' then
      land(w, member, told)
    elseif place > 0 and told and not w then
      windows[place] = create(place)
      windows[place].seconds = SECONDS[place]
      learn(windows[place], told)
    elseif told then
      learn(w, told)
    end
  end
  if pace and ask.number == pace.number then pace.next = math.min(pace.next, now + ask.pace) end
  if not ask.refused then return finish({ seconds = 0 }) end
  local used_up = false
  for place = 0, 2 do
    local told = ask.told[place + 1]
    if windows[place] and told and told.remaining == 0 then
      shut(windows[place], told)
      used_up = true
    end
  end
  if not used_up then
    if pace then pace.next = math.max(pace.next, now + ask.pace) end
    if not pace or not ask.told[1] or ask.wait then shut(windows[0], ask.told[1] or nil) end
  end
  local found = longest(false)
  return finish({ seconds = found and found.seconds or 0 })
end

function acts.lose()
  for place = 0, 2 do
    local member = ask.marks[place + 1]
    if windows[place] and member and member ~= '' then lose(windows[place], member) end
  end
  return finish({ seconds = 0 })
end

-- Redis has forgotten what a process knows: it tells what X said last, and which of its calls are on their way.
function acts.remind()
  for place = 0, 2 do
    local told = ask.told[place + 1]
    if told then
      windows[place] = windows[place] or create(place)
      local w = windows[place]
      w.seconds = SECONDS[place]
      if told.limit and told.limit > 0 then w.calls = told.limit end
      adopt(w, told, now + told.ahead)
    end
    if windows[place] then
      windows[place].settled = windows[place].settled or now + SETTLING
      for _, member in ipairs(ask.flying[place + 1]) do
        redis.call('ZADD', flights(place), tonumber(string.match(member, '([%d.]+)$')) + ask.lease, member)
      end
      redis.call('EXPIRE', flights(place), math.ceil(ask.lease) + KEPT)
    end
  end
  return finish({ seconds = 0 })
end

return acts[ask.act]()
