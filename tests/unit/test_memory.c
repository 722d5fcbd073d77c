/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_memory.c - what records cost: every byte that the allocator hands out is counted while
 * records come that look like those of real servers.
 */
#include <stdio.h>

#include "base/rng.h"
#include "counted.h"
#include "records.h"
#include "report/dataset_row.h"

static lb_ctx *counted;
static lb_dataset *records;

static void begin(void)
{
    const lb_ctx_options options = {.realloc_fn = count_bytes};

    held = most = 0;
    ck_assert_int_eq(lb_ctx_new(&counted, &options, sizeof(options)), LB_OK);
    ck_assert_int_eq(lb_dataset_new(&records, counted), LB_OK);
}

static void end(void)
{
    lb_dataset_free(records);
    lb_ctx_free(counted);
    ck_assert_uint_eq(held, 0);
}

enum { OPENAI, VLLM, GATEWAY, COUNTER, STYLES };

static void make_id(char *id, size_t room, int style, struct lbi_rng *rng, size_t number)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    unsigned long long high = lbi_rng_next(rng), low = lbi_rng_next(rng);

    if (style == VLLM)
        (void)snprintf(id, room, "chatcmpl-%016llx%016llx", high, low);
    else if (style == GATEWAY)
        (void)snprintf(id, room, "chatcmpl-%08llx-%04llx-%04llx-%04llx-%012llx", high >> 32,
                       high >> 16 & 0xffff, high & 0xffff, low >> 48, low & 0xffffffffffff);
    else
        (void)snprintf(id, room, "sim-%zu", number);
    for (int i = 0; style == OPENAI && i < 29; i++)
        (void)snprintf(id + 9 + i, room - 9 - (size_t)i, "%c", digits[lbi_rng_below(rng, 62)]);
    if (style == OPENAI)
        memcpy(id, "chatcmpl-", 9);
}

/* A request of a long run with many users, every clock of which ends in odd nanoseconds. */
static void make_turn(lb_turn *turn, struct lbi_rng *rng, size_t number, bool fresh)
{
    lb_turn_init(turn, sizeof(*turn));
    turn->conversation = (int64_t)(number / 10);
    turn->turn = (int32_t)(number % 10) + 1;
    turn->worker = (int32_t)lbi_rng_below(rng, 2000);
    turn->model = turn->answered_by = "granite-3-2-8b-instruct";
    turn->document = turn->conversation % 2 != 0 ? "meter.py" : "minutes.txt";
    turn->code = turn->conversation % 2 != 0;
    turn->status = 200;
    turn->http_version = "1.1";
    turn->due_ns = (int64_t)number * 5 * MS + (int64_t)lbi_rng_below(rng, MS);
    turn->start_ns = turn->due_ns + 20000 + (int64_t)lbi_rng_below(rng, 80000);
    turn->dns_ns = turn->tls_ns = 0;
    turn->connect_ns = fresh ? 300000 + (int64_t)lbi_rng_below(rng, MS) : 0;
    turn->reused = !fresh;
    turn->sent_ns = turn->start_ns + turn->connect_ns + 30000 + (int64_t)lbi_rng_below(rng, 50000);
    turn->first_byte_ns = turn->sent_ns + 100 * MS + (int64_t)lbi_rng_below(rng, 900 * MS);
    turn->first_token_ns = turn->first_byte_ns + (int64_t)lbi_rng_below(rng, 2 * MS);
    turn->first_answer_ns = turn->first_token_ns;
    turn->last_token_ns = turn->first_token_ns + 5000 * MS + (int64_t)lbi_rng_below(rng, 9000 * MS);
    turn->done_ns = turn->last_token_ns + (int64_t)lbi_rng_below(rng, 300000);
    turn->ttft_ns = turn->first_token_ns - turn->sent_ns;
    turn->ttfa_ns = turn->first_answer_ns - turn->sent_ns;
    turn->e2e_ns = turn->done_ns - turn->sent_ns;
    turn->max_gap_ns = 50 * MS + (int64_t)lbi_rng_below(rng, 90 * MS);
    turn->prompt_tokens = 3000 + (int64_t)lbi_rng_below(rng, 9000);
    turn->cached_tokens = turn->prompt_tokens - 200;
    turn->completion_tokens = turn->chunks = 100 + (int32_t)lbi_rng_below(rng, 400);
    turn->finish_reason = "length";
}

static void fill(size_t count, int style, bool fresh)
{
    static const int64_t gaps[9] = {9 * MS, 11 * MS, 12 * MS, 9 * MS, 8 * MS,
                                    9 * MS, 30 * MS, 10 * MS, MS};
    struct lbi_rng rng;

    lbi_rng_init(&rng, 7, LBI_RNG_THINK, 0);
    for (size_t i = 0; i < count; i++) {
        char id[80];
        lb_turn turn;
        make_id(id, sizeof(id), style, &rng, i);
        make_turn(&turn, &rng, i, fresh);
        turn.response_id = id;
        turn.gaps_ns = gaps;
        turn.gap_count = 9;
        ck_assert_int_eq(lb_dataset_add(records, &turn, sizeof(turn)), LB_OK);
    }
}

static double bytes_a_request(size_t count, int style, bool fresh)
{
    begin();
    fill(count, style, fresh);
    double rows = (double)(held - records->gaps.cap * sizeof(*records->gaps.items));
    end();
    return rows / (double)count;
}

/* The pool of gaps is one for all and has its own budget: at the limit it is spent. */
START_TEST(a_request_takes_at_most_100_bytes)
{
    const double limit = 1e6, pool = (double)(LBI_GAPS_BUDGET * sizeof(uint32_t));
    int style = _i / 2;
    bool fresh = _i % 2 != 0;
    double each = bytes_a_request(200000, style, fresh);

    (void)printf("ids of style %d%s: %.1f bytes a request, %.1f with gaps\n", style,
                 fresh ? ", new connections" : "", each, each + pool / limit);
    ck_assert_double_le(each, 85);
    ck_assert_double_le(each + pool / limit, 100);
}
END_TEST

START_TEST(ids_come_back_as_they_went_in)
{
    static const char *const ids[] = {"chatcmpl-0f",
                                      "chatcmpl-",
                                      "a",
                                      "-",
                                      "_x",
                                      "cmpl_Z9-_aZ",
                                      "0123456789abcdef0",
                                      "ABC",
                                      "01234567-89ab-cdef-0123-456789abcdef",
                                      "chatcmpl-01234567-89ab-cdef-0123-45678+abcdef",
                                      "chatcmpl-fedcba98-89ab-cdef-0123-456789abcdef",
                                      "gen-1736-\xc3\xa4 b",
                                      "abcdefghijklmnopq-12",
                                      "",
                                      "chatcmpl-0f"};
    char text[3 * LBI_ID_LEN_MAX];
    lb_turn turn, back;

    begin();
    lb_turn_init(&turn, sizeof(turn));
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        turn.response_id = ids[i];
        ck_assert_int_eq(lb_dataset_add(records, &turn, sizeof(turn)), LB_OK);
    }
    for (size_t len = LBI_ID_LEN_MAX - 1; len < sizeof(text); len += len < 202 ? 1 : 100) {
        memset(text, 'y', len);
        text[len] = '\0';
        turn.response_id = text;
        ck_assert_int_eq(lb_dataset_add(records, &turn, sizeof(turn)), LB_OK);
        ck_assert_int_eq(lb_dataset_at(records, &back, sizeof(back), lb_dataset_size(records) - 1),
                         LB_OK);
        ck_assert_str_eq(back.response_id, text);
    }
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        ck_assert_int_eq(lb_dataset_at(records, &back, sizeof(back), i), LB_OK);
        ck_assert_str_eq(back.response_id, ids[i]);
    }
    ck_assert_uint_eq(lbi_dataset_id_hash(records, 0), lbi_dataset_id_hash(records, 14));
    ck_assert_uint_ne(lbi_dataset_id_hash(records, 0), lbi_dataset_id_hash(records, 1));
    ck_assert_uint_eq(lbi_dataset_id_hash(records, 13), 0);
    end();
}
END_TEST

/* More words than are kept: the ids are whole all the same. */
START_TEST(many_words_in_front_of_ids)
{
    lb_turn turn, back;
    char id[32];

    begin();
    lb_turn_init(&turn, sizeof(turn));
    turn.response_id = id;
    for (int round = 0; round < 2; round++) {
        for (char c = 'a'; c <= 'z'; c++) {
            (void)snprintf(id, sizeof(id), "x%cz-%d", c, 17 * c);
            ck_assert_int_eq(lb_dataset_add(records, &turn, sizeof(turn)), LB_OK);
        }
    }
    for (size_t i = 0; i < 26; i++) {
        (void)snprintf(id, sizeof(id), "x%cz-%d", (char)('a' + i), 17 * (int)('a' + i));
        ck_assert_int_eq(lb_dataset_at(records, &back, sizeof(back), i + 26), LB_OK);
        ck_assert_str_eq(back.response_id, id);
        ck_assert_uint_eq(lbi_dataset_id_hash(records, i), lbi_dataset_id_hash(records, i + 26));
    }
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("memory");
    TCase *cases = tcase_create("memory");

    tcase_set_timeout(cases, 100);
    tcase_add_loop_test(cases, a_request_takes_at_most_100_bytes, 0, 2 * STYLES);
    tcase_add_test(cases, ids_come_back_as_they_went_in);
    tcase_add_test(cases, many_words_in_front_of_ids);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
