/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.c - see text.h. A token is exactly four bytes, as clients estimate it: then an answer that
 * comes back as history has as many prompt tokens as it had completion tokens.
 */
#include "text.h"

#include <pthread.h>
#include <string.h>

static const char prose[] =
    "The short answer is that the document supports this reading, with two conditions attached. "
    "First, the figures were taken at the end of the quarter, so they include the late deliveries. "
    "Second, the owner of each step has to confirm the date before the next step begins. "
    "If we look at the second section, it becomes clear why the team chose the slower path. "
    "They had seen the faster one fail in spring, when a single missing check cost three days. "
    "A useful way to picture it is a kitchen in which every plate passes the same narrow window. "
    "Adding cooks does not help as long as the window stays narrow. "
    "For example, a request that arrives while the queue is empty is served at once, "
    "but the same request waits for its turn when nine others came a moment earlier. "
    "In practice this means that the average tells us little and the slowest tenth tells us most. "
    "To make the change safely, start with one service, watch it for a week, and keep the old "
    "route open. "
    "Then compare both routes on equal work and write down what differs. "
    "There are three points that deserve a closer look before anything is decided. "
    "One is the cost of going back, another is who is called at night, and the last is the "
    "training. "
    "None of them is hard on its own, yet together they explain most of the delay. "
    "The code follows the same idea: it reads the input once, checks it early, and returns on the "
    "first fault. "
    "A reader can therefore trust every line below the checks without looking up again. "
    "What I would rename is the helper in the middle, because it does more than its name says. "
    "A test for the empty case and one for the largest allowed value would cover the rest. "
    "Compared with the previous version, the new one keeps its memory flat while the input grows. "
    "That was the aim, and the measurements at the end of the report show that it was reached. "
    "Please note that the table counts attempts and not people, so the two sums need not agree. "
    "If you want a summary in one sentence: the plan is sound, the dates are tight, and the risk "
    "is known. "
    "I can expand any of these points, or turn them into a list for the next meeting. ";

#define PROSE_LEN     ((uint32_t)(sizeof(prose) - 1))
#define SENTENCES_MAX 64

/* The prose, and its beginning once more so that no token is cut at the seam. */
static char ring[sizeof(prose) + SIM_CHUNK_TOKENS_MAX * SIM_TOKEN_BYTES];
static uint32_t starts[SENTENCES_MAX];
static uint32_t start_count;
static pthread_once_t ready = PTHREAD_ONCE_INIT;

static void prepare(void)
{
    memcpy(ring, prose, PROSE_LEN);
    memcpy(ring + PROSE_LEN, prose, sizeof(ring) - PROSE_LEN);
    starts[start_count++] = 0;
    for (uint32_t i = 2; i < PROSE_LEN && start_count < SENTENCES_MAX; i++) {
        if (prose[i - 2] == '.' && prose[i - 1] == ' ')
            starts[start_count++] = i;
    }
}

uint64_t sim_random(uint64_t seed, uint64_t number, uint64_t purpose)
{
    uint64_t x = seed * 0x9e3779b97f4a7c15u + number * 0xd1342543de82ef95u + purpose;

    x += 0x9e3779b97f4a7c15u; /* SplitMix64's finish, twice: the inputs are small numbers */
    for (int i = 0; i < 2; i++) {
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
        x = (x ^ x >> 27) * 0x94d049bb133111ebu;
        x ^= x >> 31;
    }
    return x;
}

double sim_random_share(uint64_t seed, uint64_t number, uint64_t purpose)
{
    return (double)(sim_random(seed, number, purpose) >> 11) * 0x1p-53;
}

uint32_t sim_text_start(uint64_t random)
{
    (void)pthread_once(&ready, prepare);
    return starts[random % start_count];
}

const char *sim_text_at(uint32_t start, uint64_t token)
{
    return ring + (start + token * SIM_TOKEN_BYTES) % PROSE_LEN;
}
