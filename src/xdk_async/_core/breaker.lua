-- Breakers that many processes share: what breaker.py does, as one atomic step in Redis.

local ask = cmsgpack.unpack(ARGV[1])
local now = ask.now
if not now then
  local time = redis.call('TIME')
  now = time[1] + time[2] / 1000000
end

local KEY, FIRST, LONGEST = KEYS[1], 60, 900
local found = redis.call('HMGET', KEY, 'until', 'pause', 'said', 'serial')
local opens, pause, said, serial = tonumber(found[1]), tonumber(found[2]), found[3], found[4]

local function keep(at)
  redis.call('HSET', KEY, 'until', string.format('%.6f', at), 'pause', pause, 'said', said, 'serial', serial)
  redis.call('EXPIRE', KEY, math.ceil(math.max(at - now, 0)) + 2 * LONGEST)
end

local function answer(is_trial)
  return cjson.encode({ seconds = opens - now, pause = pause, said = said, serial = serial, is_trial = is_trial })
end

if ask.act == 'mend' then
  redis.call('DEL', KEY)
  return '{}'
end
if ask.act == 'check' then
  if not serial then return '{}' end
  if now < opens then return answer(false) end
  keep(now + pause) -- the others go on as before: should the trial get lost, another one tries later
  return answer(true)
end
if serial and not ask.was_trial then return answer(false) end -- the call was on its way when another one was refused
pause = serial and math.min(pause * 2, LONGEST) or FIRST
pause = math.max(pause, math.min(ask.wait or 0, LONGEST))
opens, said, serial = now + pause, ask.said, string.format('%.6f', now)
keep(opens)
return answer(false)
