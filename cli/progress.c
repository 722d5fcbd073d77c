/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress.c - the live line and its plain sister for logs. Percentiles here are of a coarse
 * histogram of its own: they are for watching, the report computes its own.
 */
#include "progress.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "say.h"

#define LIVE_EVERY_NS  INT64_C(250000000)
#define PLAIN_EVERY_NS INT64_C(10000000000)
#define BUCKET_GROWTH  1.05
#define BUCKET_BASE_MS 0.1

static int64_t now_ns(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void progress_init(struct progress *progress, bool shown, bool quiet, bool verbose)
{
    const char *term = getenv("TERM");

    memset(progress, 0, sizeof(*progress));
    progress->shown = shown;
    progress->quiet = quiet;
    progress->verbose = verbose;
    progress->live = isatty(STDERR_FILENO) == 1 && (term == NULL || strcmp(term, "dumb") != 0) &&
                     getenv("CI") == NULL;
    progress->started_ns = now_ns();
    progress->drawn_ns = progress->started_ns;
}

static void count_ttft(struct progress *progress, int64_t ns)
{
    double ms = (double)ns / 1e6;
    double place = ms > BUCKET_BASE_MS ? log(ms / BUCKET_BASE_MS) / log(BUCKET_GROWTH) : 0;
    size_t bucket = place < PROGRESS_BUCKETS - 1 ? (size_t)place : PROGRESS_BUCKETS - 1;

    progress->ttft[bucket]++;
    progress->ttft_count++;
}

static double ttft_seconds(const struct progress *progress, double share)
{
    uint64_t wanted = (uint64_t)ceil(share * (double)progress->ttft_count);
    uint64_t sum = 0;

    for (size_t i = 0; i < PROGRESS_BUCKETS; i++) {
        sum += progress->ttft[i];
        if (sum >= wanted)
            return BUCKET_BASE_MS * pow(BUCKET_GROWTH, (double)i + 0.5) / 1000;
    }
    return 0;
}

static char *status(const struct progress *progress)
{
    double seconds = (double)(now_ns() - progress->started_ns) / 1e9;
    uint64_t done = progress->ok + progress->failed;
    char *ttft = progress->ttft_count > 0
                     ? need_text("  TTFT p50 %.2f p95 %.2f s", ttft_seconds(progress, 0.5),
                                 ttft_seconds(progress, 0.95))
                     : need_text("%s", "");
    char *rate = progress->tokens > 0 && seconds > 0
                     ? need_text("  %.0f tok/s", (double)progress->tokens / seconds)
                     : need_text("%s", "");
    char *text = need_text("%s %02d:%02d  %" PRIu64 "/%" PRIu64 " requests  %" PRIu64
                           " in flight  %" PRIu64 " failed%s%s",
                           progress->measuring ? "run" : "warm-up", (int)(seconds / 60),
                           (int)fmod(seconds, 60), done, progress->planned, progress->in_flight,
                           progress->failed, ttft, rate);

    free(ttft);
    free(rate);
    return text;
}

static void erase(struct progress *progress)
{
    if (progress->drawn)
        (void)fputs("\r\033[K", stderr);
    progress->drawn = false;
}

static int columns(void)
{
    struct winsize size = {0};

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20)
        return 79;
    return size.ws_col - 1;
}

static void draw(struct progress *progress)
{
    int64_t now = now_ns();

    if (!progress->shown ||
        now - progress->drawn_ns < (progress->live ? LIVE_EVERY_NS : PLAIN_EVERY_NS))
        return;
    progress->drawn_ns = now;
    char *text = status(progress);
    if (progress->live) {
        (void)fprintf(stderr, "\r\033[K%.*s", columns(), text);
        progress->drawn = true;
    } else {
        say("%s", text);
    }
    free(text);
}

static void put_ms(const char *name, int64_t ns)
{
    if (ns == LB_UNKNOWN)
        (void)fprintf(stderr, "  %s -", name);
    else
        (void)fprintf(stderr, "  %s %.1f ms", name, (double)ns / 1e6);
}

static void put_turn(const lb_turn *turn)
{
    (void)fprintf(stderr, "%s conversation %" PRId64 " turn %d", turn->error[0] != '\0' ? "✗" : "✓",
                  turn->conversation, turn->turn);
    put_ms("TTFT", turn->ttft_ns);
    put_ms("total", turn->e2e_ns);
    if (turn->completion_tokens != LB_UNKNOWN)
        (void)fprintf(stderr, "  %" PRId64 " tokens", turn->completion_tokens);
    (void)fprintf(stderr, "  %s", turn->document);
    if (turn->error[0] != '\0')
        (void)fprintf(stderr, "  %s: %s", turn->error, turn->error_text);
    (void)fputc('\n', stderr);
}

static void count_turn(struct progress *progress, const lb_turn *turn)
{
    if (turn->error[0] == '\0' && turn->ttft_ns != LB_UNKNOWN)
        count_ttft(progress, turn->ttft_ns);
    if (turn->completion_tokens > 0)
        progress->tokens += (uint64_t)turn->completion_tokens;
    if (progress->verbose) {
        erase(progress);
        put_turn(turn);
    }
}

static void start_measuring(struct progress *progress)
{
    bool warmed_up = now_ns() - progress->started_ns > LIVE_EVERY_NS;

    progress->measuring = true;
    if (warmed_up && progress->shown && !progress->live)
        say("warm-up is over, measuring");
    progress->started_ns = now_ns();
    progress->tokens = 0;
}

void progress_event(struct progress *progress, const lb_event *event)
{
    if (event != NULL) {
        progress->in_flight = event->in_flight;
        progress->ok = event->ok;
        progress->failed = event->failed;
        progress->planned = event->planned;
        if (event->kind == LB_EV_STARTED)
            start_measuring(progress);
        if (event->kind == LB_EV_TURN && event->turn != NULL)
            count_turn(progress, event->turn);
        if (event->kind == LB_EV_NOTE && !progress->quiet) {
            erase(progress);
            say("%s", event->text);
        }
    }
    draw(progress);
}

void progress_end(struct progress *progress)
{
    erase(progress);
}
