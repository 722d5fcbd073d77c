// SPDX-License-Identifier: Apache-2.0
// Against the installed library and a simulated endpoint, LITEBENCH_TEST_URL; LITEBENCH_TEST_LAYOUT
// is what a C program printed.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const test = require('node:test');
const { Config, Context, LitebenchError, abi, optionTable, prepare, version } = require('./index.js');

const url = process.env.LITEBENCH_TEST_URL;
const fast = {
  conversations: 5, turns: 4, workers: 5, min_delay: 0, max_delay: 0, max_tokens: 5, slo: ['errors<=1%'],
};
const long = { ...fast, conversations: 40, turns: 10, min_delay: 0.05, max_delay: 0.05 };

test('layout', () => {
  const ours = {};
  for (const [name, struct] of Object.entries(abi.structs)) {
    ours[name] = abi.koffi.sizeof(struct);
    for (const member of Object.keys(abi.koffi.introspect?.(struct)?.members ?? struct.members)) {
      ours[`${name}.${member}`] = abi.koffi.offsetof(struct, member);
    }
  }
  const lines = fs.readFileSync(process.env.LITEBENCH_TEST_LAYOUT, 'utf8').trim().split('\n');
  const real = Object.fromEntries(lines.map((line) => line.split(' ')).map(([n, v]) => [n, Number(v)]));
  assert.deepEqual(ours, real);
});

test('twenty turns', async () => {
  const run = await prepare(url, fast);
  const events = [];
  for await (const event of run) events.push(event);
  const turns = events.filter((event) => event.kind === 'turn').map((event) => event.turn);
  assert.equal(new Set(turns.map((turn) => `${turn.conversation} ${turn.turn}`)).size, 20);
  assert.ok(turns.every((turn) => turn.error === '' && turn.ttft_ms > 0 && turn.dns_ms !== null));
  const last = events.at(-1);
  assert.deepEqual([last.kind, last.ok, last.failed, last.planned], ['done', 20, 0, 20]);
  const report = await run.report();
  await run.close();
  await run.close();
  assert.equal(report.number('requests.ok'), 20);
  assert.equal(JSON.parse(report.render('json')).schema, 'litebench.report/1');
  assert.equal(report.exitCode, 5);
  assert.throws(() => report.number('no.such'), LitebenchError);
});

test('wrong options', () => {
  const context = new Context();
  assert.throws(() => new Config(context, { workers: 0 }), (error) =>
    error instanceof LitebenchError && error.errorName === 'LB_E_INVALID' &&
    error.message === 'load.workers (JavaScript: workers): 0 is out of range 1..100000');
  assert.throws(() => new Config(context, { 'load.wrkers': 3 }), /load\.workers/);
  assert.equal(new Config(context, { preset: 'quick', for: '2m' }).get('turns'), '3');
  assert.match(version, /^\d+\.\d+\.\d+$/);
  const declared = fs.readFileSync(`${__dirname}/options.d.ts`, 'utf8');
  for (const row of optionTable()) assert.ok(declared.includes(`  ${row.name.split('.')[1]}?: `), row.name);
});

test('cancel in the middle', async () => {
  const run = await prepare(url, long);
  const began = Date.now();
  let last;
  for await (const event of run.events({ signal: AbortSignal.timeout(300) })) last = event;
  assert.equal(last.kind, 'done');
  assert.ok(last.ok < 400 && Date.now() - began < 3000);
  assert.equal(JSON.parse((await run.report()).render('json')).partial, true);
  await run.close();
});

test('two contexts at once', async () => {
  const count = async () => {
    const run = await prepare(url, fast);
    let turns = 0;
    for await (const event of run) turns += event.kind === 'turn' ? 1 : 0;
    await run.close();
    return turns;
  };
  assert.deepEqual(await Promise.all([count(), count()]), [20, 20]);
});

test('closed while it runs, and left to the collector', async () => {
  const run = await prepare(url, long);
  const seen = [];
  setTimeout(() => run.close(), 200);
  for await (const event of run) seen.push(event);
  assert.ok(seen.length > 0 && seen.length < 400);
  const before = fs.readdirSync('/proc/self/fd').length;
  for (let i = 0; i < 100; i++) (await prepare(url, { ...fast, model: 'm' })).close();
  for (let i = 0; i < 50 && fs.readdirSync('/proc/self/fd').length > before + 2; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.ok(fs.readdirSync('/proc/self/fd').length <= before + 2);
});
