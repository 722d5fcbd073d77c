// SPDX-License-Identifier: Apache-2.0
import type { Options } from './options';

export type { Options };

/** A call that failed, with the library's own words as its message. */
export class LitebenchError extends Error {
  code: number;
  /** Stable, for logs: "LB_E_INVALID". */
  errorName: string;
}

/** Its objects take turns; two contexts run side by side. */
export class Context {}

declare class Handle {
  readonly context: Context;
  /** Frees it, in any order; the garbage collector does so, too. */
  close(): Promise<void>;
}

export class Config extends Handle {
  constructor(context: Context, options?: Options & { preset?: string });
  set(name: string, value: string | number | boolean | string[] | null): void;
  get(name: string): string;
}

/** Record of one request; times in milliseconds, null where unknown. */
export interface Turn {
  due_ms: number | null; start_ms: number | null; sent_ms: number | null;
  first_byte_ms: number | null; first_token_ms: number | null; first_answer_ms: number | null;
  last_token_ms: number | null; done_ms: number | null;
  ttft_ms: number | null; ttfa_ms: number | null; e2e_ms: number | null;
  dns_ms: number | null; connect_ms: number | null; tls_ms: number | null;
  max_gap_ms: number | null;
  prompt_tokens: number | null; cached_tokens: number | null; completion_tokens: number | null;
  conversation: number | null; turn: number; worker: number; chunks: number; status: number;
  attempt: number; reused: number; reconnected: number; warmup: number; twin: number; code: number;
  error: string; error_text: string; model: string; answered_by: string; document: string;
  response_id: string; finish_reason: string; http_version: string; gateway_json: string;
  answer: string;
}

export interface RunEvent {
  kind: 'started' | 'turn' | 'note' | 'done';
  at_ms: number;
  turn: Turn | null;
  text: string;
  ok: number; failed: number; planned: number;
}

export class Report extends Handle {
  number(path: string): number | null;
  text(path: string): string;
  render(format?: string): string;
  readonly exitCode: number;
}

export class Run extends Handle implements AsyncIterable<RunEvent> {
  events(options?: { signal?: AbortSignal }): AsyncGenerator<RunEvent, void, void>;
  [Symbol.asyncIterator](): AsyncGenerator<RunEvent, void, void>;
  cancel(): void;
  report(): Promise<Report>;
}

export function prepare(url: string, options?: Options & { preset?: string }, context?: Context): Promise<Run>;

export const version: string;
