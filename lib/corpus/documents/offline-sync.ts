// SPDX-License-Identifier: Apache-2.0

/**
 * Offline store for the field-service app.
 *
 * Technicians work in cellars and lift shafts. Every change is applied to the local copy at once
 * and put into an outbox; the outbox is sent when there is a connection. The server decides
 * about conflicts by field: the change with the later timestamp wins.
 */

export type Id = string;
export type FieldValue = string | number | boolean | null | string[];

export interface Doc {
  id: Id;
  kind: "workOrder" | "device" | "note";
  rev: number;
  fields: Record<string, FieldValue>;
  /** Time of the last change of each field, milliseconds since 1970. */
  changed: Record<string, number>;
  deleted?: boolean;
}

export interface Change {
  seq: number;
  docId: Id;
  kind: Doc["kind"];
  baseRev: number;
  fields: Record<string, FieldValue>;
  at: number;
  deleted?: boolean;
}

export interface PushResult {
  docId: Id;
  status: "ok" | "merged" | "rejected";
  rev: number;
  doc?: Doc;
  reason?: string;
}

export interface Transport {
  push(changes: Change[]): Promise<PushResult[]>;
  pull(since: string | null, limit: number): Promise<{ docs: Doc[]; cursor: string; more: boolean }>;
}

export interface Persistence {
  load(key: string): Promise<unknown>;
  save(key: string, value: unknown): Promise<void>;
}

export type SyncState = "idle" | "syncing" | "offline" | "error";
type Listener = (docs: Doc[]) => void;

const BATCH = 50;
const PULL_LIMIT = 200;
const MAX_BACKOFF_MS = 5 * 60_000;

export class SyncStore {
  private docs = new Map<Id, Doc>();
  private outbox: Change[] = [];
  private cursor: string | null = null;
  private nextSeq = 1;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private listeners: { kind: Doc["kind"]; fn: Listener }[] = [];
  /** Difference between the server's clock and ours, from the Date header. */
  clockOffset = 0;
  state: SyncState = "idle";

  constructor(
    private readonly transport: Transport,
    private readonly disk: Persistence,
    private readonly onRejected: (change: Change, reason: string) => void,
  ) {}

  async open(): Promise<void> {
    const saved = (await this.disk.load("store")) as any;
    if (saved) {
      this.docs = new Map(saved.docs);
      this.outbox = saved.outbox;
      this.cursor = saved.cursor;
      this.nextSeq = this.outbox.length + 1;
    }
    this.schedule(0);
  }

  get(id: Id): Doc | undefined {
    const doc = this.docs.get(id);
    return doc && !doc.deleted ? doc : undefined;
  }

  /** All documents of a kind for which the predicate holds, most recently changed first. */
  query(kind: Doc["kind"], predicate: (doc: Doc) => boolean = () => true): Doc[] {
    const lastChange = (d: Doc) => Math.max(...Object.values(d.changed));
    return [...this.docs.values()]
      .filter((d) => d.kind === kind && !d.deleted && predicate(d))
      .sort((a, b) => lastChange(b) - lastChange(a));
  }

  subscribe(kind: Doc["kind"], fn: Listener): () => void {
    const entry = { kind, fn };
    this.listeners.push(entry);
    fn(this.query(kind));
    return () => {
      this.listeners.splice(this.listeners.indexOf(entry), 1);
    };
  }

  /** Changes some fields locally and queues the change. */
  async update(id: Id, kind: Doc["kind"], fields: Record<string, FieldValue>): Promise<Doc> {
    const at = Date.now() + this.clockOffset;
    let doc = this.docs.get(id);
    if (!doc) {
      doc = { id, kind, rev: 0, fields: {}, changed: {} };
      this.docs.set(id, doc);
    }
    for (const [name, value] of Object.entries(fields)) {
      if (doc.fields[name] == value) continue;
      doc.fields[name] = value;
      doc.changed[name] = at;
    }
    this.enqueue({ seq: this.nextSeq++, docId: id, kind, baseRev: doc.rev, fields, at });
    await this.save();
    this.notify(kind);
    this.schedule(500);
    return doc;
  }

  async remove(id: Id): Promise<void> {
    const doc = this.docs.get(id);
    if (!doc) return;
    doc.deleted = true;
    const at = Date.now() + this.clockOffset;
    this.enqueue({
      seq: this.nextSeq++, docId: id, kind: doc.kind, baseRev: doc.rev, fields: {}, at, deleted: true,
    });
    await this.save();
    this.notify(doc.kind);
    this.schedule(500);
  }

  /** A later change to a document is merged into one that is still waiting. */
  private enqueue(change: Change): void {
    const waiting = this.outbox.find((c) => c.docId === change.docId && !c.deleted);
    if (waiting) {
      Object.assign(waiting.fields, change.fields);
      waiting.at = change.at;
      waiting.deleted = change.deleted;
      return;
    }
    this.outbox.push(change);
  }

  get pending(): number {
    return this.outbox.length;
  }

  /** Plans the next run. An earlier plan is replaced. */
  private schedule(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.sync(), ms);
  }

  async sync(): Promise<void> {
    if (this.state === "syncing") return;
    this.state = "syncing";
    try {
      await this.pushAll();
      await this.pullAll();
      this.failures = 0;
      this.state = "idle";
      this.schedule(60_000);
    } catch (e) {
      this.failures++;
      this.state = e instanceof TypeError ? "offline" : "error";
      const pause = Math.min(MAX_BACKOFF_MS, 1000 * 2 ** this.failures);
      this.schedule(pause * (0.5 + Math.random()));
    }
    await this.save();
  }

  private async pushAll(): Promise<void> {
    while (this.outbox.length > 0) {
      const batch = this.outbox.slice(0, BATCH);
      const results = await this.transport.push(batch);
      // While we were waiting the user may have gone on working; take out only what was sent.
      this.outbox = this.outbox.slice(batch.length);
      results.forEach((result, i) => this.applyResult(batch[i], result));
      await this.save();
    }
  }

  private applyResult(change: Change, result: PushResult): void {
    const doc = this.docs.get(result.docId);
    if (!doc) return;
    switch (result.status) {
      case "ok":
        doc.rev = result.rev;
        break;
      case "merged":
        if (result.doc) this.mergeRemote(result.doc);
        break;
      case "rejected":
        this.onRejected(change, result.reason ?? "unknown");
        // Forget the local version; the next pull brings the server's.
        this.docs.delete(result.docId);
        break;
    }
    this.notify(doc.kind);
  }

  private async pullAll(): Promise<void> {
    const kinds = new Set<Doc["kind"]>();
    let more = true;
    while (more) {
      const page = await this.transport.pull(this.cursor, PULL_LIMIT);
      for (const doc of page.docs) {
        this.mergeRemote(doc);
        kinds.add(doc.kind);
      }
      this.cursor = page.cursor;
      more = page.more;
    }
    kinds.forEach((kind) => this.notify(kind));
  }

  /** Field by field: ours is kept only if it is newer. */
  private mergeRemote(remote: Doc): void {
    const local = this.docs.get(remote.id);
    if (!local) {
      this.docs.set(remote.id, remote);
      return;
    }
    if (remote.rev < local.rev) return;
    for (const name of Object.keys(remote.fields)) {
      if ((local.changed[name] ?? 0) <= remote.changed[name]) {
        local.fields[name] = remote.fields[name];
        local.changed[name] = remote.changed[name];
      }
    }
    local.rev = remote.rev;
    local.deleted = remote.deleted;
  }

  private notify(kind: Doc["kind"]): void {
    const docs = this.query(kind);
    for (const l of this.listeners) {
      if (l.kind === kind) l.fn(docs);
    }
  }

  private async save(): Promise<void> {
    await this.disk.save("store", {
      docs: [...this.docs.entries()],
      outbox: this.outbox,
      cursor: this.cursor,
    });
  }

  close(): void {
    clearTimeout(this.timer);
    this.listeners = [];
  }
}

/** Transport over HTTP. The token is asked for on each call, since it may have been renewed. */
export class HttpTransport implements Transport {
  constructor(
    private readonly base: string,
    private readonly token: () => Promise<string>,
    private readonly onServerTime: (ms: number) => void,
  ) {}

  push(changes: Change[]): Promise<PushResult[]> {
    return this.call("POST", "/changes", changes);
  }

  pull(since: string | null, limit: number) {
    return this.call<{ docs: Doc[]; cursor: string; more: boolean }>(
      "GET",
      `/changes?since=${since ?? ""}&limit=${limit}`,
    );
  }

  private async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.base + path, {
      method,
      headers: {
        Authorization: `Bearer ${await this.token()}`,
        "Content-Type": "application/json",
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const date = response.headers.get("Date");
    if (date) this.onServerTime(new Date(date).getTime() - Date.now());
    if (response.status >= 500) {
      throw new Error(`server error ${response.status}`);
    }
    return response.json();
  }
}
