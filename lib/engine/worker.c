/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.c - the state machine of a simulated person. Each case of the switch is one call; what
 * waits does so in a timer or in a chat, and comes back through lbi_worker_advance.
 */
#include "engine/worker.h"

#include <stddef.h>

#include "base/clock.h"
#include "base/rng.h"
#include "engine/crew.h"

/* Pause before the first retry; it doubles with each up to the longest. */
enum { RETRY_FIRST_MS = 100, RETRY_LONGEST_MS = 5000 };

static void on_timer(struct lbi_timer *timer, int64_t now_ns)
{
    struct lbi_worker *worker =
        (struct lbi_worker *)(void *)((char *)timer - offsetof(struct lbi_worker, timer));

    (void)now_ns;
    worker->state = worker->state == LBI_WORKER_RETRY ? LBI_WORKER_AGAIN : LBI_WORKER_SEND;
    lbi_worker_advance(worker);
}

static void on_chat_done(void *user, struct lbi_chat *chat)
{
    struct lbi_worker *worker = user;

    (void)chat;
    worker->state = LBI_WORKER_SETTLE;
    lbi_worker_advance(worker);
}

lb_err lbi_worker_init(struct lbi_worker *worker, struct lbi_crew *crew, size_t index)
{
    const struct lbi_settings *set = crew->shared->set;

    *worker = (struct lbi_worker){.crew = crew,
                                  .index = index,
                                  .timer = {.fire = on_timer},
                                  .state = set->warmup > 0 ? LBI_WORKER_WARM : LBI_WORKER_READY};
    lbi_buf_init(&worker->warm_body, crew->loop.mem);
    lb_err err = lbi_chat_init(&worker->chat, &crew->loop, crew->shared->endpoint, index);
    worker->chat.on_done = on_chat_done;
    worker->chat.user = worker;
    return err;
}

void lbi_worker_free(struct lbi_worker *worker)
{
    if (worker->crew == NULL)
        return;
    lbi_timer_cancel(&worker->crew->loop, &worker->timer);
    lbi_chat_free(&worker->chat);
    lbi_talk_free(worker->crew->loop.mem, worker->talk);
    lbi_buf_free(&worker->warm_body);
    worker->talk = NULL;
}

static void be_done(struct lbi_worker *worker)
{
    worker->state = LBI_WORKER_DONE;
    worker->crew->busy--;
}

/* In this state from the start of the request to its end. */
static void start_chat(struct lbi_worker *worker, const struct lbi_buf *body)
{
    struct lbi_shared *shared = worker->crew->shared;
    bool named = shared->set->session_header != NULL && !worker->warming;

    worker->state = LBI_WORKER_ANSWER;
    worker->asked_usage = (worker->crew->tail_parts & LBI_TAIL_USAGE) != 0;
    atomic_fetch_add(&shared->in_flight, 1);
    lb_err err = worker->crew->tail.err != LB_OK ? worker->crew->tail.err : body->err;
    if (err == LB_OK)
        err = lbi_chat_start(&worker->chat, body->data, body->len, named ? worker->header : NULL);
    if (err == LB_OK)
        return;
    atomic_fetch_sub(&shared->in_flight, 1);
    lbi_shared_fail(shared, err);
    be_done(worker);
}

static void warm_up(struct lbi_worker *worker)
{
    struct lbi_crew *crew = worker->crew;
    struct lbi_shared *shared = crew->shared;
    long long index = atomic_fetch_add(&shared->warmup_next, 1);
    const struct lbi_buf *tail = lbi_crew_tail(crew);

    if (atomic_load(&shared->stop) != 0) {
        be_done(worker);
        return;
    }
    if (index >= shared->set->warmup) {
        worker->state = LBI_WORKER_READY;
        return;
    }
    lbi_talk_warmup(&worker->warm_body, shared, (size_t)index, &crew->scratch);
    worker->open_len = worker->warm_body.len;
    lbi_buf_add(&worker->warm_body, tail->data, tail->len);
    worker->warming = true;
    worker->attempt = 1;
    worker->due_ns = lbi_clock_ns();
    start_chat(worker, &worker->warm_body);
}

static void take(struct lbi_worker *worker)
{
    if (atomic_load(&worker->crew->shared->stop) == 0)
        worker->talk = lbi_crew_take_talk(worker->crew);
    if (worker->talk == NULL)
        be_done(worker);
    else
        worker->state = LBI_WORKER_THINK;
}

/* Drawn per turn, so that it is the same whoever serves the conversation. */
static int64_t think_time(const struct lbi_worker *worker)
{
    const struct lbi_settings *set = worker->crew->shared->set;
    struct lbi_rng rng;

    lbi_rng_init(&rng, (uint64_t)set->seed, LBI_RNG_THINK,
                 (uint64_t)worker->talk->id * 65536 + worker->talk->turn);
    double span = (double)(set->max_delay - set->min_delay);
    return set->min_delay + (int64_t)(span * lbi_rng_unit(&rng));
}

static int64_t ramp_offset(const struct lbi_worker *worker)
{
    const struct lbi_settings *set = worker->crew->shared->set;

    return (int64_t)((double)set->ramp * (double)worker->index / (double)set->workers);
}

/* Waits in a timer even for no time at all, so that a turn has a moment when it was due. */
static void think(struct lbi_worker *worker)
{
    struct lbi_shared *shared = worker->crew->shared;
    int64_t from = lbi_clock_ns();

    if (atomic_load(&shared->stop) != 0) {
        be_done(worker);
        return;
    }
    if (!worker->ramped)
        from = atomic_load(&shared->begin_ns) + ramp_offset(worker);
    worker->ramped = true;
    worker->due_ns = from + think_time(worker);
    lbi_timer_set(&worker->crew->loop, &worker->timer, worker->due_ns);
}

static void send_turn(struct lbi_worker *worker)
{
    struct lbi_crew *crew = worker->crew;
    struct lbi_shared *shared = crew->shared;
    struct lbi_talk *talk = worker->talk;

    if (!lbi_shared_may_start(shared, lbi_clock_ns())) {
        be_done(worker);
        return;
    }
    lbi_talk_ask(talk, shared);
    if (shared->set->session_header != NULL)
        (void)snprintf(worker->header, sizeof(worker->header), "%s: %s-%zu",
                       shared->set->session_header,
                       shared->nonce[0] != '\0' ? shared->nonce : "conversation", talk->id);
    worker->warming = false;
    worker->attempt = 1;
    worker->open_len = lbi_talk_close(talk, lbi_crew_tail(crew));
    start_chat(worker, &talk->body);
}

/* The endpoint does not know stream_options: the same request once more, without. */
static bool ask_again_plainly(struct lbi_worker *worker)
{
    struct lbi_crew *crew = worker->crew;
    struct lbi_buf *body = worker->warming ? &worker->warm_body : &worker->talk->body;

    if (!worker->chat.refuses_usage || !worker->asked_usage || crew->cancelled)
        return false;
    atomic_store(&crew->shared->plain_usage, 1);
    size_t open_len = worker->open_len;
    const struct lbi_buf *tail = lbi_crew_tail(crew);
    lbi_buf_truncate(body, open_len);
    lbi_buf_add(body, tail->data, tail->len);
    start_chat(worker, body);
    return true;
}

/*
 * Nothing of an answer came, so nothing is lost by asking once more. A time-out is none of these:
 * the endpoint may be at work on it, and asking again would double its load.
 */
static bool may_retry(const struct lbi_worker *worker)
{
    const struct lbi_chat *chat = &worker->chat;
    const struct lbi_shared *shared = worker->crew->shared;

    if (worker->attempt > shared->set->retries || chat->transfer.status != 0 ||
        chat->transfer.first_byte_ns != LB_UNKNOWN || atomic_load(&shared->stop) != 0)
        return false;
    return chat->error == LBI_ERR_DNS || chat->error == LBI_ERR_CONNECT ||
           chat->error == LBI_ERR_TLS || chat->error == LBI_ERR_STREAM_CUT;
}

static void retry_later(struct lbi_worker *worker)
{
    int64_t pause = RETRY_FIRST_MS;

    for (int32_t i = 1; i < worker->attempt && pause < RETRY_LONGEST_MS; i++)
        pause *= 2;
    if (pause > RETRY_LONGEST_MS)
        pause = RETRY_LONGEST_MS;
    worker->state = LBI_WORKER_RETRY;
    lbi_timer_set(&worker->crew->loop, &worker->timer, lbi_clock_ns() + pause * LBI_NS_PER_MS);
}

static void send_again(struct lbi_worker *worker)
{
    worker->attempt++;
    start_chat(worker, worker->warming ? &worker->warm_body : &worker->talk->body);
}

static void deliver(struct lbi_worker *worker)
{
    struct lbi_crew *crew = worker->crew;
    struct lbi_shared *shared = crew->shared;
    lb_turn turn;
    bool code = false;

    lbi_chat_turn(&worker->chat, &turn);
    turn.due_ns = worker->due_ns;
    turn.attempt = worker->attempt;
    turn.worker = (int32_t)worker->index;
    turn.model = shared->model;
    turn.warmup = worker->warming;
    if (worker->warming) {
        turn.conversation = LB_UNKNOWN;
        turn.turn = 0;
    } else {
        turn.conversation = (int64_t)worker->talk->id;
        turn.turn = (int32_t)worker->talk->turn;
        turn.document = lbi_plan_document(shared->plan, worker->talk->id, &code);
        turn.code = code;
    }
    lbi_buf_clear(&crew->scratch);
    if (worker->chat.gateway.len > 0) {
        lbi_buf_printf(&crew->scratch, "{%s}", lbi_buf_text(&worker->chat.gateway));
        lbi_endpoint_scrub(shared->endpoint, &crew->scratch);
    }
    if (crew->scratch.err != LB_OK)
        lbi_shared_fail(shared, crew->scratch.err);
    turn.gateway_json = lbi_buf_text(&crew->scratch);
    lbi_crew_deliver(crew, &turn);
}

static void settle_warmup(struct lbi_worker *worker)
{
    struct lbi_shared *shared = worker->crew->shared;

    worker->state = LBI_WORKER_WARM;
    if (atomic_fetch_sub(&shared->warmup_left, 1) != 1)
        return;
    lbi_shared_begin(shared);
    lbi_shared_ring(shared); /* the last one: everybody may begin */
}

static void settle_turn(struct lbi_worker *worker)
{
    struct lbi_crew *crew = worker->crew;
    struct lbi_talk *talk = worker->talk;
    bool over =
        worker->chat.error != LBI_ERR_NONE || talk->turn >= lbi_plan_turns(crew->shared->plan);

    worker->state = LBI_WORKER_TAKE;
    if (over) {
        worker->talk = NULL;
        lbi_talk_free(crew->loop.mem, talk);
        return;
    }
    lbi_talk_reopen(talk, worker->open_len);
    lbi_talk_answer(talk, crew->shared, &worker->chat.answer, &crew->scratch);
    if (crew->shared->set->schedule == LBI_USERS) {
        worker->state = LBI_WORKER_THINK;
        return;
    }
    worker->talk = NULL;
    lbi_crew_put_talk(crew, talk);
}

static void conclude(struct lbi_worker *worker)
{
    lbi_crew_count(worker->crew, &worker->chat);
    deliver(worker);
    if (worker->warming)
        settle_warmup(worker);
    else
        settle_turn(worker);
}

static void settle(struct lbi_worker *worker)
{
    struct lbi_crew *crew = worker->crew;

    atomic_fetch_sub(&crew->shared->in_flight, 1);
    if (worker->chat.broke != LB_OK) { /* our own want: no word on the endpoint */
        lbi_shared_fail(crew->shared, worker->chat.broke);
        be_done(worker);
        return;
    }
    if (ask_again_plainly(worker))
        return;
    if (may_retry(worker))
        retry_later(worker);
    else
        conclude(worker);
}

void lbi_worker_advance(struct lbi_worker *worker)
{
    enum lbi_worker_state before;

    do {
        before = worker->state;
        switch (before) {
        case LBI_WORKER_WARM:
            warm_up(worker);
            break;
        case LBI_WORKER_TAKE:
            take(worker);
            break;
        case LBI_WORKER_THINK:
            think(worker);
            break;
        case LBI_WORKER_SEND:
            send_turn(worker);
            break;
        case LBI_WORKER_SETTLE:
            settle(worker);
            break;
        case LBI_WORKER_AGAIN:
            send_again(worker);
            break;
        case LBI_WORKER_READY:
        case LBI_WORKER_RETRY:
        case LBI_WORKER_ANSWER:
        case LBI_WORKER_DONE:
            break;
        }
    } while (worker->state != before);
}

void lbi_worker_begin(struct lbi_worker *worker)
{
    if (worker->state != LBI_WORKER_READY)
        return;
    worker->state = LBI_WORKER_TAKE;
    lbi_worker_advance(worker);
}

void lbi_worker_stop(struct lbi_worker *worker, bool cancel)
{
    if (worker->state == LBI_WORKER_ANSWER) {
        if (cancel)
            lbi_chat_stop(&worker->chat, LBI_ERR_CANCELLED, "stopped before the answer was whole");
    } else if (worker->state == LBI_WORKER_RETRY) { /* no more retries: what it has is its end */
        lbi_timer_cancel(&worker->crew->loop, &worker->timer);
        conclude(worker);
        lbi_worker_advance(worker);
    } else if (worker->state == LBI_WORKER_THINK || worker->state == LBI_WORKER_READY) {
        lbi_timer_cancel(&worker->crew->loop, &worker->timer);
        be_done(worker);
    }
}
