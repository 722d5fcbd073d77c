/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dataset.c - records in, records out: nothing is lost or made up on the way through rows,
 * NDJSON and CSV, a file may be cut anywhere, and broken ones are refused with the line's number.
 */
#include <limits.h>

#include "records.h"
#include "report/record.h"
#include "report/strings.h"

static struct lbi_buf out;

static lb_err to_buf(void *user, const char *data, size_t len)
{
    struct lbi_buf *buf = user;

    lbi_buf_add(buf, data, len);
    return buf->err;
}

static const char *written(const lb_dataset *from, const char *format)
{
    lbi_buf_free(&out);
    lbi_buf_init(&out, &lbi_mem_libc);
    ck_assert_int_eq(lb_dataset_write(from, format, to_buf, &out), LB_OK);
    return lbi_buf_text(&out);
}

static void refuse(const char *bad, lb_err code, const char *words)
{
    lb_dataset *other = NULL;

    ck_assert_int_eq(lb_dataset_new(&other, ctx), LB_OK);
    ck_assert_int_eq(lb_dataset_load(other, bad, strlen(bad)), code);
    ck_has(lb_ctx_error(ctx), words);
    lb_dataset_free(other);
}

START_TEST(a_fresh_turn_is_unknown)
{
    lb_turn turn;

    memset(&turn, 0x5a, sizeof(turn));
    lb_turn_init(&turn, sizeof(turn));
    ck_assert(turn.due_ns == LB_UNKNOWN && turn.conversation == LB_UNKNOWN);
    ck_assert(turn.max_gap_ns == LB_UNKNOWN && turn.completion_tokens == LB_UNKNOWN);
    ck_assert_int_eq(turn.code, -1);
    ck_assert_int_eq(turn.attempt, 1);
    ck_assert_str_eq(turn.error, "");
    ck_assert_str_eq(turn.gateway_json, "");
    ck_assert_ptr_null(turn.gaps_ns);
}
END_TEST

START_TEST(a_row_keeps_every_field)
{
    static const int64_t gaps[] = {1, 2147483647, 3000000000, 12345678901};
    lb_turn turn = turn_of(7, 3, 12.345678), back;

    turn.due_ns = -5;
    turn.ttft_ns = 99; /* given, and not what the clocks say */
    turn.tls_ns = INT64_C(9000000000);
    turn.max_gap_ns = INT64_C(30000000000);
    turn.error_text = "line of text";
    turn.response_id = "chatcmpl-1";
    turn.gateway_json = "{\"x-served-by\":\"a\"}";
    turn.gaps_ns = gaps;
    turn.gap_count = 4;
    add(&turn);
    ck_assert_int_eq(lb_dataset_at(dataset, &back, sizeof(back), 0), LB_OK);
    ck_assert(back.due_ns == -5 && back.ttft_ns == 99 && back.tls_ns == turn.tls_ns);
    ck_assert(back.max_gap_ns == turn.max_gap_ns && back.done_ns == turn.done_ns);
    ck_assert(back.e2e_ns == turn.done_ns - turn.sent_ns);
    ck_assert(back.conversation == 7 && back.turn == 3 && back.code == 1 && back.reused == 1);
    ck_assert_str_eq(back.response_id, "chatcmpl-1");
    ck_assert_str_eq(back.error_text, "line of text");
    ck_assert_str_eq(back.gateway_json, turn.gateway_json);
    ck_assert_uint_eq(back.gap_count, 4);
    ck_assert(back.gaps_ns[0] == 1 && back.gaps_ns[1] == 2147483647);
    ck_assert(llabs(back.gaps_ns[2] - gaps[2]) < 1100 && llabs(back.gaps_ns[3] - gaps[3]) < 1100);
    ck_assert_int_eq(lb_dataset_at(dataset, &back, sizeof(back), 1), LB_E_RANGE);
}
END_TEST

START_TEST(nonsense_counts_are_unknown_and_bad_places_refused)
{
    lb_turn turn = turn_of(0, 1, 5), back;

    turn.prompt_tokens = -7;
    turn.cached_tokens = INT64_MAX;
    add(&turn);
    ck_assert_int_eq(lb_dataset_at(dataset, &back, sizeof(back), 0), LB_OK);
    ck_assert(back.prompt_tokens == LB_UNKNOWN && back.cached_tokens == LB_UNKNOWN);
    turn.conversation = -1;
    ck_assert_int_eq(lb_dataset_add(dataset, &turn, sizeof(turn)), LB_E_RANGE);
    turn.conversation = 0;
    turn.turn = 70000;
    ck_assert_int_eq(lb_dataset_add(dataset, &turn, sizeof(turn)), LB_E_RANGE);
    ck_assert_uint_eq(lb_dataset_size(dataset), 1);
}
END_TEST

/* Every number of decimals, every way to end in zeros, both signs. */
START_TEST(numbers_are_written_exactly)
{
    static const int64_t gaps[] = {0,          0,        1,      0,       10,      100,
                                   999999,     1000000,  100000, 1050000, 1200300, 10000000,
                                   1234567890, 99000100, 0,      0,       0};
    lb_turn turn = turn_of(1234567, 10, 5);

    turn.due_ns = -1500000;
    turn.prompt_tokens = 100;
    turn.completion_tokens = 99;
    turn.gaps_ns = gaps;
    turn.gap_count = sizeof(gaps) / sizeof(gaps[0]);
    lbi_buf_init(&out, &lbi_mem_libc);
    lbi_ndjson_turn(&out, &turn);
    ck_has(lbi_buf_text(&out),
           "\"gaps_ms\":[0,0,0.000001,0,0.00001,0.0001,0.999999,1,0.1,1.05,1.2003,10,1234.56789,"
           "99.0001,0,0,0]");
    ck_has(lbi_buf_text(&out), "\"conversation\":1234567,\"turn\":10,");
    ck_has(lbi_buf_text(&out), "\"prompt_tokens\":100,");
    ck_has(lbi_buf_text(&out), "\"completion_tokens\":99,");
    ck_has(lbi_buf_text(&out), "\"due_ms\":-1.5,");
    lbi_buf_free(&out);
    lbi_buf_init(&out, &lbi_mem_libc);
    turn.due_ns = INT64_MAX;
    lbi_ndjson_turn(&out, &turn);
    ck_has(lbi_buf_text(&out), "\"due_ms\":9223372036854.775807,");
    lbi_buf_free(&out);
}
END_TEST

START_TEST(ndjson_goes_round)
{
    load(FULL_HEADER(WORKLOAD(3, 2)));
    add_conversations(3, 2, 100);
    add_failed(3, 1, "rate_limit", 429);
    load(FULL_FOOTER);
    char *first = strdup(written(dataset, "ndjson"));
    lb_dataset *again = NULL;
    ck_assert_int_eq(lb_dataset_new(&again, ctx), LB_OK);
    ck_assert_int_eq(lb_dataset_load(again, first, strlen(first)), LB_OK);
    ck_assert_uint_eq(lb_dataset_size(again), 7);
    ck_assert_str_eq(written(again, "ndjson"), first);
    lb_dataset_free(again);
    free(first);
}
END_TEST

START_TEST(a_copy_is_equal)
{
    struct lb_dataset *copy = NULL;

    load(FULL_HEADER(WORKLOAD(2, 2)));
    add_conversations(2, 2, 100);
    load(FULL_FOOTER);
    char *first = strdup(written(dataset, "ndjson"));
    ck_assert_int_eq(lbi_dataset_copy(&copy, dataset), LB_OK);
    ck_assert_str_eq(written(copy, "ndjson"), first);
    lbi_dataset_free(copy);
    free(first);
}
END_TEST

/* Whole lines before the cut are kept, nothing else is, and it is never an error. */
START_TEST(a_file_may_be_cut_anywhere)
{
    load(FULL_HEADER(WORKLOAD(2, 2)));
    add_conversations(2, 2, 100);
    load(FULL_FOOTER);
    char *whole = strdup(written(dataset, "ndjson"));
    size_t len = strlen(whole);
    for (size_t cut = 0; cut <= len; cut++) {
        lb_dataset *part = NULL;
        size_t lines = 0;
        for (size_t i = 0; i < cut; i++)
            lines += whole[i] == '\n';
        ck_assert_int_eq(lb_dataset_new(&part, ctx), LB_OK);
        lb_err err = lb_dataset_load(part, whole, cut);
        ck_assert_msg(err == LB_OK, "cut at %zu: %s", cut, lb_ctx_error(ctx));
        size_t records = lb_dataset_size(part);
        size_t sure = lines < 1 ? 0 : (lines - 1 > 4 ? 4 : lines - 1);
        ck_assert(records >= sure && records <= sure + 1); /* a line less its newline is whole */
        ck_assert(cut >= len - 1 || lbi_dataset_footer(part) == NULL);
        lb_dataset_free(part);
    }
    free(whole);
}
END_TEST

START_TEST(broken_files_are_refused)
{
    refuse("hello\nworld\n", LB_E_PARSE, "line 1: not JSON");
    refuse("[]\n", LB_E_PARSE, "line 1: not a JSON object");
    refuse("{\"conversation\":0}\n", LB_E_PARSE, "line 1: no records of litebench");
    refuse("{\"schema\":\"litebench.report/1\"}\n", LB_E_PARSE, "line 1: no records");
    refuse("{\"schema\":\"litebench.records/2\"}\n", LB_E_UNSUPPORTED, "litebench.records/2");
    refuse(HEADER "{\"turn\":1}\n{nonsense}\n{}\n", LB_E_PARSE, "line 3: not JSON");
    refuse(HEADER "{\"ttft_ms\":\"fast\"}\n", LB_E_PARSE, "line 2: \"ttft_ms\" is not a number");
    refuse(HEADER "{\"turn\":1.5}\n", LB_E_PARSE, "\"turn\" is not a whole number");
    refuse(HEADER "{\"worker\":9999999999}\n", LB_E_PARSE, "\"worker\" is out of range");
    refuse(HEADER "{\"conversation\":-1}\n", LB_E_PARSE, "line 2:");
    refuse(HEADER "{\"class\":\"poem\"}\n", LB_E_PARSE, "\"class\" is neither");
    refuse(HEADER "{\"error\":5}\n", LB_E_PARSE, "\"error\" is not a text");
    refuse(HEADER "{\"gaps_ms\":[1,null]}\n", LB_E_PARSE, "\"gaps_ms\" holds");
    refuse(HEADER "{\"gateway\":\"x\"}\n", LB_E_PARSE, "\"gateway\" is not an object");
    refuse(HEADER "{\"due_ms\":1e300}\n", LB_E_PARSE, "\"due_ms\"");
    refuse(HEADER HEADER, LB_E_PARSE, "line 2: a second first line");
    refuse(HEADER FOOTER "{\"turn\":1}\n", LB_E_PARSE, "line 3: it follows the last line");
}
END_TEST

START_TEST(little_is_enough)
{
    lb_turn turn;

    load("\xef\xbb\xbf" HEADER "\r\n{\"ttft_ms\":12.5,\"turn\":null,\"unheard\":[1]}\r\n");
    ck_assert_uint_eq(lb_dataset_size(dataset), 1);
    ck_assert_int_eq(lb_dataset_at(dataset, &turn, sizeof(turn), 0), LB_OK);
    ck_assert(turn.ttft_ns == 12500000 && turn.conversation == LB_UNKNOWN && turn.turn == 0);
    ck_assert(turn.done_ns == LB_UNKNOWN && turn.attempt == 1 && turn.warmup == 0);
}
END_TEST

START_TEST(a_given_duration_wins)
{
    lb_turn turn;

    load(HEADER "{\"sent_ms\":10,\"first_token_ms\":30,\"ttft_ms\":7}\n");
    ck_assert_int_eq(lb_dataset_at(dataset, &turn, sizeof(turn), 0), LB_OK);
    ck_assert(turn.ttft_ns == 7 * MS);
}
END_TEST

START_TEST(csv_is_neutralised)
{
    lb_turn turn = turn_of(0, 1, 5);

    turn.error = "server_error";
    turn.error_text = "=cmd|' /C calc'!A0";
    turn.response_id = "a,\"b\"\nc";
    turn.finish_reason = "-2+3\x1b[2J";
    turn.document = "@SUM(1)";
    turn.due_ns = -1500000; /* a number may begin with - */
    add(&turn);
    const char *csv = written(dataset, "csv");
    ck_has(csv, ",\"'=cmd|' /C calc'!A0\",");
    ck_has(csv, ",\"a,\"\"b\"\"\\x0ac\",");
    ck_has(csv, ",\"'-2+3\\x1b[2J\",");
    ck_has(csv, ",\"'@SUM(1)\",");
    ck_has(csv, ",-1.5,");
    ck_assert_int_eq(strncmp(csv, "conversation,turn,worker,", 25), 0);
}
END_TEST

/* Beyond the budget none is kept one by one, be it as small as it may. */
START_TEST(gaps_beyond_the_budget)
{
    struct lbi_gaps gaps;
    size_t first;
    bool kept;
    int64_t some[1000] = {7};

    lbi_gaps_init(&gaps, &lbi_mem_libc);
    gaps.budget = 1500;
    ck_assert_int_eq(lbi_gaps_add(&gaps, &first, &kept, some, 1000), LB_OK);
    ck_assert(kept && first == 0 && gaps.cap <= 1500 && lbi_gaps_ns(&gaps, 0) == 7);
    ck_assert_int_eq(lbi_gaps_add(&gaps, &first, &kept, some, 1000), LB_OK);
    ck_assert(!kept && gaps.spent && gaps.count == 1000);
    ck_assert_int_eq(lbi_gaps_add(&gaps, &first, &kept, some, 1), LB_OK);
    ck_assert(!kept && gaps.count == 1000);
    lbi_gaps_free(&gaps);
}
END_TEST

START_TEST(strings_are_kept_once)
{
    struct lbi_strings strings;
    uint32_t a, b, many = 0;
    size_t len;

    lbi_strings_init(&strings, &lbi_mem_libc);
    ck_assert_int_eq(lbi_strings_intern(&strings, &a, "granite", 7), LB_OK);
    const char *kept = lbi_strings_get(&strings, a, NULL);
    for (uint32_t i = 0; i < 20000; i++)
        ck_assert_int_eq(lbi_strings_intern(&strings, &many, &i, sizeof(i)), LB_OK);
    ck_assert_int_eq(lbi_strings_intern(&strings, &b, "granite", 7), LB_OK);
    ck_assert_uint_eq(a, b);
    ck_assert_ptr_eq(lbi_strings_get(&strings, b, &len), kept);
    ck_assert_str_eq(kept, "granite");
    ck_assert_uint_eq(len, 7);
    ck_assert_str_eq(lbi_strings_get(&strings, 0, &len), "");
    lbi_strings_free(&strings);
}
END_TEST

static lb_err stop(void *user, const char *data, size_t len)
{
    (void)user;
    (void)data;
    (void)len;
    return LB_E_USER;
}

START_TEST(a_writer_may_stop_and_formats_are_known)
{
    add_conversations(2, 2, 100);
    ck_assert_int_eq(lb_dataset_write(dataset, "ndjson", stop, NULL), LB_E_USER);
    ck_assert_int_eq(lb_dataset_write(dataset, "yaml", stop, NULL), LB_E_NOTFOUND);
    ck_has(lb_ctx_error(ctx), "ndjson, csv");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_fresh_turn_is_unknown,
                                  a_row_keeps_every_field,
                                  nonsense_counts_are_unknown_and_bad_places_refused,
                                  numbers_are_written_exactly,
                                  ndjson_goes_round,
                                  a_copy_is_equal,
                                  a_file_may_be_cut_anywhere,
                                  broken_files_are_refused,
                                  little_is_enough,
                                  a_given_duration_wins,
                                  csv_is_neutralised,
                                  gaps_beyond_the_budget,
                                  strings_are_kept_once,
                                  a_writer_may_stop_and_formats_are_known,
                                  NULL};
    int code = run_cases("dataset", tests);

    lbi_buf_free(&out);
    return code;
}
