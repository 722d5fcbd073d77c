-- SPDX-License-Identifier: Apache-2.0
-- Against the installed library and a simulated endpoint, LITEBENCH_TEST_URL; LITEBENCH_TEST_LAYOUT
-- is what a C program printed.
local ffi = require("ffi")
local litebench = require("litebench")

ffi.cdef[[
void *luaL_newstate(void); void luaL_openlibs(void *); void lua_close(void *);
int luaL_loadstring(void *, const char *); int lua_pcall(void *, int, int, int);
]]
local url = os.getenv("LITEBENCH_TEST_URL")

local function fast(more)
  local options = { conversations = 5, turns = 4, workers = 5, min_delay = 0, max_delay = 0 }
  for name, value in pairs(more or {}) do options[name] = value end
  return options
end

local long = fast({ conversations = 40, turns = 10, min_delay = 0.05, max_delay = 0.05 })

local function same(got, wanted)
  if got ~= wanted then error(("%s instead of %s"):format(tostring(got), tostring(wanted)), 2) end
end

local function refused(wanted, ...)
  local ok, failure = pcall(...)
  assert(not ok and getmetatable(failure) == litebench.Error, tostring(failure))
  assert(tostring(failure):find(wanted, 1, true), failure.message)
  return failure
end

--- How many are open once the collector has had its turn and a call has freed what it found.
local function descriptors()
  for _ = 1, 2 do collectgarbage() end
  litebench.context():close()
  local list = io.popen("ls /proc/$PPID/fd | wc -l")
  return list:read("*n"), list:close()
end

local tests = {}

function tests.layout()
  local left = 0
  for struct, members in pairs(litebench.abi.structs) do left = left + 1 + #members end
  for line in io.lines(os.getenv("LITEBENCH_TEST_LAYOUT")) do
    local struct, member, value = line:match("^([%w_]+)%.?(%S*) (%d+)$")
    local ours = member == "" and ffi.sizeof(struct) or ffi.offsetof(struct, member)
    if ours ~= tonumber(value) then error(line .. " is " .. tostring(ours) .. " here") end
    left = left - 1
  end
  same(left, 0)
end

function tests.twenty_turns()
  local run = litebench.prepare(url, fast({ slo = { "errors<=1%", "errors<=2%" } }))
  local seen, kinds, last = {}, { turn = 0, started = 0, note = 0, done = 0 }, nil
  for event in run:events() do
    kinds[event.kind] = kinds[event.kind] + 1
    last = event
    local turn = event.turn
    if turn then
      assert(turn.error == "" and turn.ttft_ms > 0 and turn.dns_ms and turn.chunks > 0)
      seen[turn.conversation .. " " .. turn.turn] = true
    end
  end
  for number = 0, 19 do assert(seen[math.floor(number / 4) .. " " .. number % 4 + 1]) end
  same(("%d %d %d"):format(kinds.started, kinds.turn, kinds.done), "1 20 1")
  same(("%s %d %d %d"):format(last.kind, last.ok, last.failed, last.planned), "done 20 0 20")
  local report = run:report()
  for _ = 1, 2 do run:close() end
  same(report:number("requests.ok"), 20)
  assert(report:render("json"):find("litebench.report/1", 1, true))
  same(report:exit_code(), 5)
  refused("no.such", report.number, report, "no.such")
  assert(select(2, pcall(run.next, run)):find("run is closed"))
end

function tests.wrong_options()
  local context = litebench.context()
  local failure = refused("load.workers (Lua: workers): 0 is out of range 1..100000",
                          litebench.config, context, { workers = 0 })
  same(failure.name, "LB_E_INVALID")
  refused("load.workers", litebench.config, context, { ["load.wrkers"] = 3 })
  refused("load.for", litebench.config, context, { preset = "quick", for_ = "soon" })
  local declared = io.open("litebench/options.lua"):read("*a")
  for _, row in pairs(litebench.options) do assert(declared:find(row.name, 1, true), row.name) end
end

function tests.cancel_in_the_middle()
  local run, last = litebench.prepare(url, long), nil
  local reader = coroutine.create(function()
    for event in run:events(coroutine.yield) do
      last = event
      coroutine.yield()
    end
  end)
  while coroutine.status(reader) ~= "dead" do
    assert(coroutine.resume(reader))
    if last and last.ok == 20 then run:cancel() end
  end
  assert(last.kind == "done" and last.ok >= 20 and last.ok < 400, last.ok)
  assert(run:report():render("json"):find('"partial":%s*true'))
end

function tests.interrupt()
  local run = litebench.prepare(os.getenv("LITEBENCH_TEST_SLOW_URL"), fast())
  os.execute("(sleep 0.5; kill -INT $PPID) &")
  local began = os.time()
  local ok, why = pcall(function() for _ in run:events() do end end)
  assert(not ok and tostring(why):find("interrupted!"), tostring(why))
  run:cancel()
  for event in run:events() do
    local turn = event.turn
    assert(not turn or turn.error == "cancelled" and turn.ttft_ms == nil and turn.sent_ms)
  end
  assert(os.time() - began < 5)
end

function tests.two_contexts()
  local left, turns = litebench.prepare(url, fast()):events(), 0
  local right = litebench.prepare(url, fast()):events()
  repeat
    local one, two = left(), right()
    turns = turns + (one and one.turn and 1 or 0) + (two and two.turn and 1 or 0)
  until not one and not two
  same(turns, 40)
end

function tests.any_order()
  local context = litebench.context()
  local run, seen = litebench.prepare(url, long, context), 0
  for _ in run:events() do
    seen = seen + 1
    if seen == 5 then
      local report = run:report()
      context:close()
      run:close()
      refused("no.such", report.text, report, "no.such")
      report:close()
    end
  end
  same(seen, 5)
end

function tests.collector()
  local before = descriptors()
  for _ = 1, 100 do litebench.prepare(url, fast({ model = "m" })):events() end
  assert(descriptors() <= before + 20) -- a hundred hold 700; slots of the stack may keep one
end

--- A host that goes on when its state ends: the run ends with it, before its code is unloaded.
function tests.closed_state()
  local before = descriptors()
  local state = ffi.C.luaL_newstate()
  ffi.C.luaL_openlibs(state)
  same(ffi.C.luaL_loadstring(state, [[
    left = require("litebench").prepare(os.getenv("LITEBENCH_TEST_SLOW_URL"), { workers = 5 })
    left:events()()]]), 0)
  same(ffi.C.lua_pcall(state, 0, 0, 0), 0)
  assert(descriptors() > before)
  ffi.C.lua_close(state)
  assert(descriptors() <= before + 2)
end

for name, test in pairs(tests) do
  test()
  print(name .. " passed")
end
