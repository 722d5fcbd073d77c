/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_corpus_cases.c - plays the corpus of misbehaving servers through a real chat, in process:
 * headers and body are handed to the callbacks that libcurl would call, nothing is sent. Every case
 * is cut at every byte of its body; the outcome must be the same each time.
 */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "config/settings.h"
#include "corpus_case.h"
#include "engine/chat.h"
#include "expect.h"
#include "net/global.h"

enum { CASES_MIN = 90, READ_MAX = 16384, LARGE = 100000, LARGE_CUTS = 40 };

#define LONG_NS INT64_C(1000000000000)

struct player {
    lb_ctx *ctx;
    lb_config *config;
    struct lbi_endpoint endpoint;
    struct lbi_loop loop;
    struct lbi_chat chat;
    bool ended;
    lb_turn turn;
    int64_t now_ns;
};

static void on_done(void *user, struct lbi_chat *chat)
{
    struct player *player = user;

    lbi_chat_turn(chat, &player->turn);
    player->ended = true;
}

static void set(struct player *player, const char *name, const char *value)
{
    ck_assert_int_eq(lb_config_set(player->config, name, value, NULL), LB_OK);
}

/* "--stall-timeout 500ms" */
static void set_option(struct player *player, const char *line)
{
    lb_opt_info info;
    size_t flag = strcspn(line, " ");

    for (size_t i = 0; lb_opt_at(&info, sizeof(info), i) == LB_OK; i++) {
        if (strlen(info.flag) == flag - 2 && strncmp(info.flag, line + 2, flag - 2) == 0) {
            set(player, info.name, line + flag + 1);
            return;
        }
    }
    ck_abort_msg("no option %s", line);
}

static void open_player(struct player *player, const struct corpus_case *c)
{
    *player = (struct player){0};
    ck_assert_int_eq(lb_ctx_new(&player->ctx, NULL, 0), LB_OK);
    ck_assert_int_eq(lb_config_new(&player->config, player->ctx), LB_OK);
    set(player, "target.url", "http://127.0.0.1:9/v1"); /* nobody ever calls there */
    for (size_t i = 0; i < c->option_count; i++)
        set_option(player, c->options[i]);
    ck_assert_int_eq(lbi_curl_acquire(), LB_OK);
    ck_assert_int_eq(lbi_endpoint_init(&player->endpoint, player->config), LB_OK);
    ck_assert_int_eq(lbi_loop_init(&player->loop, &lbi_mem_libc, -1), LB_OK);
    ck_assert_int_eq(lbi_loop_reserve_timers(&player->loop, 4), LB_OK);
    ck_assert_int_eq(lbi_chat_init(&player->chat, &player->loop, &player->endpoint, 0), LB_OK);
    player->chat.on_done = on_done;
    player->chat.user = player;
}

static void close_player(struct player *player)
{
    lbi_chat_free(&player->chat);
    lbi_loop_free(&player->loop);
    lbi_endpoint_free(&player->endpoint);
    lbi_curl_release();
    lb_config_free(player->config);
    lb_ctx_free(player->ctx);
}

/* As curl does it: a line at a time, the status line first. */
static void give_head(struct player *player, const struct corpus_case *c)
{
    struct lbi_transfer *t = &player->chat.transfer;
    char line[512];
    bool typed = false;

    t->status = (int)strtol(c->http + 9, NULL, 10);
    t->http_major = 1;
    t->http_minor = c->http[7] - '0';
    t->first_byte_ns = player->now_ns;
    for (size_t i = 0; i <= c->header_count; i++) {
        const char *text = i == 0 ? c->http : c->headers[i - 1];
        typed |= i > 0 && strncasecmp(text, "content-type:", 13) == 0;
        int len = snprintf(line, sizeof(line), "%s\r\n", text);
        EXPECT(t->owner.on_header(t->owner.user, line, (size_t)len) == LB_OK, "header refused");
    }
    if (!typed) {
        static const char type[] = "Content-Type: text/event-stream\r\n";
        EXPECT(t->owner.on_header(t->owner.user, type, sizeof(type) - 1) == LB_OK,
               "header refused");
    }
    EXPECT(t->owner.on_header(t->owner.user, "\r\n", 2) == LB_OK, "header refused");
}

/* In memory of its own, gone afterwards. LB_OK: go on. */
static lb_err give(struct player *player, const char *bytes, size_t len)
{
    struct lbi_transfer *t = &player->chat.transfer;
    lb_err err = LB_OK;

    player->now_ns += 1000;
    while (len > 0 && err == LB_OK && !player->ended) {
        size_t n = len < READ_MAX ? len : READ_MAX;
        char *copy = malloc(n);
        EXPECT(copy != NULL, "out of memory");
        memcpy(copy, bytes, n);
        err = t->owner.on_body(t->owner.user, copy, n, player->now_ns, false);
        free(copy);
        bytes += n;
        len -= n;
    }
    return err;
}

/* Time passes; the watchdog barks when it said it would. */
static void pause_for(struct player *player, int64_t ns)
{
    struct lbi_timer *dog = &player->chat.watchdog;

    player->now_ns += ns;
    while (dog->slot != 0 && dog->due_ns <= player->now_ns) {
        int64_t due = dog->due_ns;
        lbi_timer_cancel(&player->loop, dog);
        dog->fire(dog, due);
    }
}

static lb_err give_body(struct player *player, const struct corpus_case *c, size_t cut)
{
    size_t from = 0;
    lb_err err = LB_OK;

    for (size_t i = 0; i < c->piece_count && err == LB_OK && !player->ended; i++) {
        size_t to = c->pieces[i];
        pause_for(player, c->pauses_ns[i]);
        if (cut > from && cut < to) {
            err = give(player, c->body.data + from, cut - from);
            from = cut;
        }
        if (err == LB_OK)
            err = give(player, c->body.data + from, to - from);
        from = to;
    }
    return err;
}

static void end_transfer(struct lbi_chat *chat, CURLcode code)
{
    lbi_transfer_abort(&chat->transfer);
    chat->transfer.owner.on_done(chat->transfer.owner.user, code);
}

static void play(struct player *player, const struct corpus_case *c, size_t cut)
{
    struct lbi_chat *chat = &player->chat;

    player->ended = false;
    ck_assert_int_eq(lbi_chat_start(chat, "{}", 2, NULL), LB_OK);
    /* A clock of our own, well before the real one that says when it was done. */
    player->now_ns = chat->transfer.start_ns - LONG_NS;
    chat->transfer.start_ns = chat->transfer.sent_ns = player->now_ns;
    lbi_timer_set(&player->loop, &chat->watchdog, player->now_ns);
    pause_for(player, 0);
    give_head(player, c);
    lb_err err = give_body(player, c, cut);
    if (c->end == CASE_SILENT && err == LB_OK)
        pause_for(player, LONG_NS - 1000000);
    if (player->ended)
        return;
    if (err != LB_OK)
        end_transfer(chat, CURLE_WRITE_ERROR);
    else if (c->end == CASE_RESET)
        end_transfer(chat, CURLE_RECV_ERROR);
    else if (c->end == CASE_CLOSE && strcmp(c->framing, "close") != 0)
        end_transfer(chat, CURLE_PARTIAL_FILE);
    else
        end_transfer(chat, CURLE_OK);
    ck_assert(player->ended);
}

static int64_t clock_of(const lb_turn *t, const char *name, size_t len)
{
    const struct {
        const char *name;
        int64_t at;
    } clocks[] = {{"first_byte", t->first_byte_ns},
                  {"first_token", t->first_token_ns},
                  {"first_answer", t->first_answer_ns},
                  {"last_token", t->last_token_ns},
                  {"done", t->done_ns}};

    for (size_t i = 0; i < 5; i++) {
        if (strlen(clocks[i].name) == len && strncmp(clocks[i].name, name, len) == 0)
            return clocks[i].at;
    }
    ck_abort_msg("no clock \"%.*s\"", (int)len, name);
}

/* "a < b = c <= d": these exist, in this order, and no other does. */
static void check_clocks(const struct corpus_case *c, const lb_turn *t, size_t cut)
{
    const char *s = c->clocks;
    const char *op = "";
    int64_t before = 0;
    int named = 0;

    for (;;) {
        size_t len = strcspn(s, " ");
        int64_t at = clock_of(t, s, len);
        bool right =
            at != LB_UNKNOWN && (*op == '\0' || (op[0] == '=' && at == before) ||
                                 (op[0] == '<' && (at > before || (op[1] == '=' && at == before))));
        EXPECT(right, "%s cut at %zu: %.*s is not as in \"%s\": %lld after %lld", c->name, cut,
               (int)len, s, c->clocks, (long long)at, (long long)before);
        named++;
        before = at;
        if (s[len] == '\0')
            break;
        op = s + len + 1;
        s = op + strcspn(op, " ") + 1;
    }
    int known = (t->first_byte_ns != LB_UNKNOWN) + (t->first_token_ns != LB_UNKNOWN) +
                (t->first_answer_ns != LB_UNKNOWN) + (t->last_token_ns != LB_UNKNOWN) +
                (t->done_ns != LB_UNKNOWN);
    EXPECT(known == named, "%s cut at %zu: %d clocks, \"%s\"", c->name, cut, known, c->clocks);
}

static void check_text(const struct corpus_case *c, size_t cut, const char *what,
                       const char *wanted, const char *got)
{
    if (wanted == NULL)
        return;
    if (strcmp(wanted, "-") == 0)
        wanted = "";
    EXPECT(strcmp(got, wanted) == 0, "%s cut at %zu: %s \"%s\", wanted \"%s\"", c->name, cut, what,
           got, wanted);
}

static void count_text(char *out, size_t size, int64_t count)
{
    (void)snprintf(out, size, count == LB_UNKNOWN ? "-" : "%lld", (long long)count);
}

static void check_answer(const struct corpus_case *c, const struct lbi_chat *chat, size_t cut)
{
    struct lbi_buf got, wanted;

    if (c->answer == NULL)
        return;
    lbi_buf_init(&got, &lbi_mem_libc);
    lbi_buf_init(&wanted, &lbi_mem_libc);
    lbi_text_unescape(&got, (struct lbi_text){lbi_buf_text(&chat->answer), chat->answer.len});
    case_unescape(&wanted, c->answer);
    /* It goes back as history: valid whatever came. */
    EXPECT(lbi_utf8_all_valid(lbi_buf_text(&chat->answer), chat->answer.len), "%s: invalid UTF-8",
           c->name);
    EXPECT(strstr(lbi_buf_text(&chat->answer), "\\ud") == NULL, "%s: half a surrogate", c->name);
    EXPECT(got.len == wanted.len && memcmp(lbi_buf_text(&got), lbi_buf_text(&wanted), got.len) == 0,
           "%s cut at %zu: answer \"%s\", wanted \"%s\"", c->name, cut, lbi_buf_text(&got),
           lbi_buf_text(&wanted));
    lbi_buf_free(&got);
    lbi_buf_free(&wanted);
}

static void check_notes(const struct corpus_case *c, const struct lbi_chat *chat, size_t cut)
{
    char pair[256];

    for (size_t i = 0; i < c->note_count; i++) {
        int name = (int)strcspn(c->notes[i], " ");
        (void)snprintf(pair, sizeof(pair), "\"%.*s\":\"%s\"", name, c->notes[i],
                       c->notes[i] + name + 1);
        EXPECT(strstr(lbi_buf_text(&chat->gateway), pair) != NULL, "%s cut at %zu: no %s in %s",
               c->name, cut, pair, lbi_buf_text(&chat->gateway));
    }
}

static void check(struct player *player, const struct corpus_case *c, size_t cut)
{
    const lb_turn *t = &player->turn;
    char counts[3][24], tokens[80];

    check_text(c, cut, "class", strcmp(c->error, "ok") == 0 ? "" : c->error, t->error);
    EXPECT((t->error[0] == '\0') == (t->error_text[0] == '\0'), "%s cut at %zu: text \"%s\"",
           c->name, cut, t->error_text);
    if (c->chunks >= 0)
        EXPECT(t->chunks == c->chunks, "%s cut at %zu: %d chunks", c->name, cut, t->chunks);
    count_text(counts[0], sizeof(counts[0]), t->prompt_tokens);
    count_text(counts[1], sizeof(counts[1]), t->cached_tokens);
    count_text(counts[2], sizeof(counts[2]), t->completion_tokens);
    (void)snprintf(tokens, sizeof(tokens), "%s %s %s", counts[0], counts[1], counts[2]);
    check_text(c, cut, "tokens", c->tokens, tokens);
    check_text(c, cut, "finish_reason", c->finish, t->finish_reason);
    check_text(c, cut, "model", c->model, t->answered_by);
    check_text(c, cut, "id", c->id, t->response_id);
    if (c->says != NULL)
        EXPECT(strstr(t->error_text, c->says) != NULL, "%s cut at %zu: says \"%s\", wanted \"%s\"",
               c->name, cut, t->error_text, c->says);
    check_answer(c, &player->chat, cut);
    check_notes(c, &player->chat, cut);
    if (c->clocks != NULL)
        check_clocks(c, t, cut);
}

/* Every byte; of the few large ones some places, near both ends and all over. */
static size_t play_all(const struct corpus_case *c)
{
    struct player player;
    size_t len = c->body.len;
    size_t step = len < LARGE ? 1 : len / LARGE_CUTS;
    size_t plays = 0;

    open_player(&player, c);
    for (size_t cut = 0; cut == 0 || cut < len; cut += step, plays++) {
        play(&player, c, cut);
        check(&player, c, cut);
    }
    close_player(&player);
    return plays;
}

static int wanted_file(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return dot != NULL && strcmp(dot, ".case") == 0;
}

START_TEST(every_case_at_every_split)
{
    const char *source = getenv("LITEBENCH_SOURCE_DIR");
    const char *only = getenv("CORPUS_CASE");
    struct dirent **names = NULL;
    char folder[4096];
    size_t played = 0, plays = 0;

    (void)snprintf(folder, sizeof(folder), "%s/tests/corpus", source != NULL ? source : ".");
    int count = scandir(folder, &names, wanted_file, alphasort);
    EXPECT(count >= CASES_MIN, "%d cases in %s", count, folder);
    for (int i = 0; i < count; i++) {
        struct corpus_case c;
        case_load(&c, folder, names[i]->d_name);
        bool socket_only = strcmp(c.framing, "raw") == 0;
        if (!socket_only && (only == NULL || strstr(names[i]->d_name, only) != NULL)) {
            plays += play_all(&c);
            played++;
        }
        case_free(&c);
        free(names[i]);
    }
    free(names);
    printf("corpus: %d cases, %zu of them played in process in %zu ways\n", count, played, plays);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("corpus");
    TCase *tcase = tcase_create("all");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(tcase, every_case_at_every_split);
    tcase_set_timeout(tcase, 110);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
