// SPDX-License-Identifier: Apache-2.0
// liblitebench from Node.js by koffi. Calls that wait run on a thread of the pool, one at a time for
// each context, in slices of 100 ms; nothing of JavaScript is called from a foreign thread.
'use strict';

const koffi = require('koffi');

const library = process.env.LITEBENCH_LIBRARY || 'liblitebench.so.0';
const { constants, structs, functions } = require('./abi.js')(koffi, library);
const SLICE_NS = 100_000_000n;
const UNKNOWN = -(2n ** 63n);

/** A call that failed: `code` as in the header, `errorName` ("LB_E_INVALID"), the library's text. */
class LitebenchError extends Error {
  constructor(code, text) {
    super(text || functions.lb_err_text(code));
    this.name = 'LitebenchError';
    this.code = code;
    this.errorName = functions.lb_err_name(code);
  }
}

/** Keeps its objects to one call at a time: `turn` is the end of the call before. */
class Context {
  constructor() {
    const out = [null];
    const code = functions.lb_ctx_new(out, null, 0);
    if (code !== constants.OK) throw new LitebenchError(code, '');
    this.ptr = out[0];
    this.turn = Promise.resolve();
    collector.register(this, { free: functions.lb_ctx_free, ptr: this.ptr });
  }

  check(code) {
    if (code !== constants.OK) throw new LitebenchError(code, functions.lb_ctx_error(this.ptr));
  }

  /** Runs `work` when nobody else is in the library with this context. */
  exclusive(work) {
    const result = this.turn.then(work);
    this.turn = result.catch(() => {});
    return result;
  }
}

/** Of the collector: it runs between two turns of the loop, when a waiting call may be under way;
 *  what it finds is freed behind that call. */
const collector = new FinalizationRegistry(({ free, ptr, cancel, turns }) => {
  if (cancel) cancel(ptr);
  if (turns) turns.exclusive(() => free(ptr));
  else free(ptr);
});

/** A call on a thread of the pool. */
function later(name, ...args) {
  return new Promise((resolve, reject) => {
    functions[name].async(...args, (error, code) => (error ? reject(error) : resolve(code)));
  });
}

/** What was made by `name(out, ...args)`, freed by `free`. */
class Handle {
  constructor(context, name, ...args) {
    const free = functions[`${name.replace(/_(new|load)$/, '')}_free`];
    this.own(context, free, (out) => functions[name](out, ...args));
  }

  own(context, free, make) {
    const out = [null];
    context.check(make(out));
    this.context = context;
    this.free = free;
    this.adopt(out[0]);
  }

  adopt(ptr) {
    this.ptr = ptr;
    const cancel = this.free === functions.lb_run_free ? functions.lb_run_cancel : null;
    collector.register(this, { free: this.free, ptr, cancel, turns: this.context }, this);
  }

  /** Frees it behind the call that is under way. Order does not matter; twice is fine. */
  close() {
    const { ptr, free } = this;
    this.ptr = null;
    if (ptr === null) return Promise.resolve();
    collector.unregister(this);
    if (free === functions.lb_run_free) functions.lb_run_cancel(ptr);
    return this.context.exclusive(() => free(ptr));
  }
}

/** An lb_turn as a plain object: `_ms` for `_ns`, null where unknown. Copied at once. */
function readTurn(raw) {
  const turn = {};
  for (const [name, value] of Object.entries(raw)) {
    const known = BigInt.asIntN(64, BigInt(typeof value === 'number' ? Math.trunc(value) : 0));
    if (name === 'gaps_ns' || name === 'gap_count') continue;
    if (typeof value === 'string' || value === null) turn[name] = value ?? '';
    else if (BigInt(value) === UNKNOWN || known === UNKNOWN) turn[name.replace(/_ns$/, '_ms')] = null;
    else if (name.endsWith('_ns')) turn[name.replace(/_ns$/, '_ms')] = Number(value) / 1e6;
    else turn[name] = Number(value);
  }
  return turn;
}

function optionTable() {
  const rows = [];
  for (let i = 0; ; i++) {
    const info = {};
    if (functions.lb_opt_at(info, koffi.sizeof(structs.lb_opt_info), i) !== constants.OK) return rows;
    if (!info.cli_only) rows.push(info);
  }
}

const names = new Map(optionTable().map((row) => [row.name.split('.')[1], row.name]));

class Config extends Handle {
  constructor(context, options = {}) {
    super(context, 'lb_config_new', context.ptr);
    const { preset, ...others } = options;
    if (preset) context.check(functions.lb_config_preset(this.ptr, preset));
    for (const [name, value] of Object.entries(others)) this.set(name, value);
  }

  /** By full name or its last part; an array is a list, null leaves it as it is. */
  set(name, value) {
    if (value === null || value === undefined) return;
    const full = names.get(name) ?? name; // an unknown one as it is: the library knows the nearest
    [value].flat().forEach((item, index) => {
      const set = index === 0 ? functions.lb_config_set : functions.lb_config_add;
      this.context.check(set(this.ptr, full, String(item), `JavaScript: ${name}`));
    });
  }

  get(name) {
    const out = [null];
    const code = functions.lb_config_get(this.ptr, out, names.get(name) ?? name, 0);
    this.context.check(code);
    return out[0];
  }
}

class Report extends Handle {
  /** By its path in the JSON form; null for null. */
  number(path) {
    const out = [0];
    this.context.check(functions.lb_report_number(this.ptr, out, path));
    return Number.isNaN(out[0]) ? null : out[0];
  }

  text(path) {
    const out = [null];
    this.context.check(functions.lb_report_text(this.ptr, out, path));
    return out[0];
  }

  render(format = 'text') {
    const [out, length] = [[null], [0]];
    this.context.check(functions.lb_report_render(this.ptr, out, length, format));
    try {
      return koffi.decode(out[0], 'char', Number(length[0]));
    } finally {
      functions.lb_free(this.context.ptr, out[0]);
    }
  }

  get exitCode() {
    return functions.lb_report_exit_code(this.ptr);
  }
}

class Run extends Handle {
  constructor(config, plan) {
    super(config.context, 'lb_run_new', config.ptr, plan.ptr);
    this.started = false;
  }

  /** One event, or null when there was none within 100 ms. */
  next() {
    return this.context.exclusive(async () => {
      if (this.ptr === null) return null;
      const raw = {};
      const size = koffi.sizeof(structs.lb_event);
      const code = await later('lb_run_next_event', this.ptr, raw, size, SLICE_NS);
      if (code === constants.E_TIMEOUT) return null;
      this.context.check(code);
      const kind = ['none', 'started', 'turn', 'note', 'done'][raw.kind];
      const turn = raw.turn ? readTurn(koffi.decode(raw.turn, structs.lb_turn)) : null;
      const [ok, failed, planned] = [raw.ok, raw.failed, raw.planned].map(Number);
      return { kind, at_ms: Number(raw.at_ns) / 1e6, turn, text: raw.text, ok, failed, planned };
    });
  }

  /** Every event, "done" as the last; `signal` cancels the run, whose last events still come. */
  async *events({ signal } = {}) {
    if (!this.started) {
      await this.context.exclusive(() => this.context.check(functions.lb_run_start(this.ptr)));
      this.started = true;
    }
    const cancel = () => this.cancel();
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel);
    try {
      while (this.ptr !== null) {
        const event = await this.next();
        if (event === null) continue;
        yield event;
        if (event.kind === 'done') return;
      }
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  [Symbol.asyncIterator]() {
    return this.events();
  }

  /** Asks for an orderly end, at any time. */
  cancel() {
    if (this.ptr !== null) functions.lb_run_cancel(this.ptr);
  }

  /** The result so far; after the end, the result. */
  report() {
    return this.context.exclusive(() => {
      const report = Object.create(Report.prototype);
      report.own(this.context, functions.lb_report_free, (out) => functions.lb_run_report(out, this.ptr));
      return report;
    });
  }
}

/** Name of the first model that the endpoint lists. */
async function firstModel(config) {
  const client = new Handle(config.context, 'lb_client_new', config.ptr);
  try {
    const out = [null];
    await config.context.exclusive(async () =>
      config.context.check(await later('lb_client_model', client.ptr, out, null, 0)));
    return out[0];
  } finally {
    client.close();
  }
}

/** A run against `url`, ready to start: without a model, the first that the endpoint lists. */
async function prepare(url, options = {}, context = new Context()) {
  const config = new Config(context, { url, ...options });
  if (!options.model) config.set('model', await firstModel(config));
  return context.exclusive(() => {
    const corpus = new Handle(context, 'lb_corpus_new', config.ptr);
    if (options.docs) context.check(functions.lb_corpus_add_path(corpus.ptr, options.docs));
    else context.check(functions.lb_corpus_add_builtin(corpus.ptr));
    const plan = new Handle(context, 'lb_plan_new', config.ptr, corpus.ptr);
    const run = new Run(config, plan);
    for (const one of [plan, corpus, config]) one.close();
    return run;
  });
}

module.exports = {
  Config, Context, LitebenchError, Report, Run, prepare, optionTable,
  version: functions.lb_version(), abi: { koffi, structs },
};
