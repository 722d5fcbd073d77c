-- SPDX-License-Identifier: Apache-2.0
-- liblitebench from LuaJIT by its ffi. A state is one thread, so calls never meet; a run is waited
-- for in slices of 100 ms. The collector may run between any two lines: what it finds is put aside.
local ffi = require("ffi")
local abi = require("litebench.abi")

local lib = ffi.load(os.getenv("LITEBENCH_LIBRARY") or "liblitebench.so.0")
local SLICE_NS = 100000000
local KINDS = { [0] = "none", "started", "turn", "note", "done" }

local M = { version = ffi.string(lib.lb_version()), abi = abi }

--- What every failed call raises: `code`, `name` ("LB_E_INVALID") and the library's `message`.
M.Error = { __tostring = function(failure) return failure.message end }

local dead = {} -- found by the collector: how to free each

local function bury()
  while #dead > 0 do table.remove(dead)() end
end

-- The end of the state: everything was put aside by then, and ffi unloads the library behind this.
M.closer = newproxy(true)
getmetatable(M.closer).__gc = bury

--- Raises what `code` says. Nothing may come between the call that gave it and this.
local function check(context, code)
  if code == abi.OK then return end
  local text = ffi.string(lib.lb_ctx_error(context and context.raw))
  if text == "" then text = ffi.string(lib.lb_err_text(code)) end
  local name = ffi.string(lib.lb_err_name(code))
  error(setmetatable({ code = code, name = name, message = text }, M.Error))
end

local function open(handle)
  bury()
  return handle.ptr or error("this " .. handle.kind .. " is closed", 3)
end

local Handle = {}
local function class() return setmetatable({}, { __index = Handle }) end
local Config, Report, Run = class(), class(), class()

--- Frees it, a run that is under way as well. The order does not matter; twice is fine.
function Handle:close()
  local ptr = self.ptr
  self.ptr = nil
  if ptr then lib["lb_" .. self.kind .. "_free"](ffi.gc(ptr, nil)) end
end

--- The text that `name(handle, out, ...)` gives.
local function text_of(handle, name, ...)
  local out = ffi.new("const char *[1]")
  check(handle.context, lib[name](open(handle), out, ...))
  return ffi.string(out[0])
end

--- What `make(out, ...)` gives, with the methods of `of`.
local function adopt(of, kind, context, make, ...)
  bury()
  local out = ffi.new("lb_" .. kind .. " *[1]")
  check(context, lib[make](out, ...))
  local free, cancel = lib["lb_" .. kind .. "_free"], kind == "run" and lib.lb_run_cancel
  local ptr = ffi.gc(out[0], function(found)
    if cancel then cancel(found) end
    dead[#dead + 1] = function() free(found) end
  end)
  return setmetatable({ kind = kind, context = context, ptr = ptr, raw = out[0] }, { __index = of })
end

--- Keeps the text of its last error; two of them know nothing of each other.
function M.context()
  return adopt(Handle, "ctx", nil, "lb_ctx_new", nil, 0)
end

--- By the last part of its name: {name, help} of every option that the library itself looks at.
M.options = {}
local info, index = ffi.new("lb_opt_info"), 0
while lib.lb_opt_at(info, ffi.sizeof(info), index) == abi.OK do
  local name, help = ffi.string(info.name), ffi.string(info.help)
  if info.cli_only == 0 then M.options[name:match("%.(.*)")] = { name = name, help = help } end
  index = index + 1
end

--- By full name or its last part (`for_` is "for"). An unknown one goes on as it is: the library
--- knows the nearest.
function Config:set(name, value)
  local known = M.options[name] or M.options[name:gsub("_$", "")]
  for index, item in ipairs(type(value) == "table" and value or { value }) do
    local set = index == 1 and lib.lb_config_set or lib.lb_config_add
    local full, whole = known and known.name or name, type(item) == "number" and item % 1 == 0
    local text = whole and ("%.0f"):format(item) or tostring(item)
    check(self.context, set(open(self), full, text, "Lua: " .. name))
  end
end

function M.config(context, options)
  local config = adopt(Config, "config", context, "lb_config_new", open(context))
  if options.preset then check(context, lib.lb_config_preset(config.ptr, options.preset)) end
  for name, value in pairs(options) do
    if name ~= "preset" then config:set(name, value) end
  end
  return config
end

--- By its path in the JSON form; nil for null.
function Report:number(path)
  local out = ffi.new("double[1]")
  check(self.context, lib.lb_report_number(open(self), out, path))
  return out[0] == out[0] and out[0] or nil
end

function Report:text(path)
  return text_of(self, "lb_report_text", path)
end

function Report:render(format)
  local out, size = ffi.new("char *[1]"), ffi.new("size_t[1]")
  check(self.context, lib.lb_report_render(open(self), out, size, format or "text"))
  local text = ffi.string(out[0], size[0])
  lib.lb_free(self.context.raw, out[0])
  return text
end

function Report:exit_code()
  return lib.lb_report_exit_code(open(self))
end

--- A record as a table: milliseconds as `_ms`, nil where unknown.
local function read_turn(raw)
  local turn = {}
  for _, name in ipairs(abi.structs.lb_turn) do
    local value = raw[name]
    if type(value) == "number" then
      turn[name] = value
    elseif ffi.istype("const char *", value) then
      turn[name] = ffi.string(value)
    elseif ffi.istype("int64_t", value) and value ~= abi.UNKNOWN then
      local short = name:match("(.*)_ns$")
      turn[short and short .. "_ms" or name] = tonumber(value) / (short and 1e6 or 1)
    end
  end
  return turn
end

--- One event, or nil when there was none within 100 ms.
function Run:next()
  local raw = ffi.new("lb_event")
  local code = lib.lb_run_next_event(open(self), raw, ffi.sizeof(raw), SLICE_NS)
  if code == abi.E_TIMEOUT then return nil end
  check(self.context, code)
  return { kind = KINDS[raw.kind], at_ms = tonumber(raw.at_ns) / 1e6, text = ffi.string(raw.text),
           turn = raw.turn ~= nil and read_turn(raw.turn) or nil, ok = tonumber(raw.ok),
           failed = tonumber(raw.failed), planned = tonumber(raw.planned) }
end
jit.off(Run.next) -- compiled code would not see ^C

--- Every event, "done" as the last. `idle`, such as coroutine.yield, is called when there was none.
function Run:events(idle)
  if not self.started then check(self.context, lib.lb_run_start(open(self))) end
  self.started = true
  local over = false
  return function()
    while self.ptr and not over do
      local event = self:next()
      if event then
        over = event.kind == "done"
        return event
      end
      if idle then idle() end
    end
  end
end

--- Asks for an orderly end: the last events still come.
function Run:cancel()
  if self.ptr then lib.lb_run_cancel(self.ptr) end
end

--- The result so far; after the end, the result.
function Run:report()
  return adopt(Report, "report", self.context, "lb_run_report", open(self))
end

--- A run against `url`, ready to start: without a model, the first that the endpoint lists.
---@param options? litebench.Options
function M.prepare(url, options, context)
  context, options = context or M.context(), options or {}
  local config = M.config(context, options)
  config:set("url", url)
  if not options.model then
    local client = adopt(Handle, "client", context, "lb_client_new", config.ptr)
    config:set("model", text_of(client, "lb_client_model", nil, 0))
    client:close()
  end
  local corpus = adopt(Handle, "corpus", context, "lb_corpus_new", config.ptr)
  check(context, options.docs and lib.lb_corpus_add_path(corpus.ptr, options.docs)
                 or lib.lb_corpus_add_builtin(corpus.ptr))
  local plan = adopt(Handle, "plan", context, "lb_plan_new", config.ptr, corpus.ptr)
  local run = adopt(Run, "run", context, "lb_run_new", config.ptr, plan.ptr)
  for _, one in ipairs({ config, corpus, plan }) do one:close() end
  return run
end

return M
