/* SPDX-License-Identifier: Apache-2.0 */
/* id_sample.c - see id_sample.h (distinct sampling, Gibbons 2001). Tested in
 * tests/unit/test_tally.c. */
#include "report/id_sample.h"

#include <stdbool.h>
#include <string.h>

/* FNV-1a, and a last mix: FNV's upper bits hardly see the end of a text. Never 0. */
uint64_t lbi_id_sample_hash(const char *id, size_t len)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)id[i]) * UINT64_C(1099511628211);
    hash = (hash ^ (hash >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    hash ^= hash >> 29;
    return hash != 0 ? hash : 1;
}

static bool is_in(const struct lbi_id_sample *sample, uint64_t hash)
{
    return sample->shift == 0 || hash >> (64 - sample->shift) == 0;
}

static uint64_t *find(struct lbi_id_sample *sample, uint64_t hash)
{
    size_t at = (size_t)hash % LBI_ID_SAMPLE_PLACES;

    while (sample->places[at] != 0 && sample->places[at] != hash)
        at = (at + 1) % LBI_ID_SAMPLE_PLACES;
    return &sample->places[at];
}

/* Half of them leave, by one more bit. */
static void thin_out(struct lbi_id_sample *sample)
{
    uint64_t kept[LBI_ID_SAMPLE_MAX];
    size_t count = 0;

    sample->shift++;
    for (size_t i = 0; i < LBI_ID_SAMPLE_PLACES; i++) {
        if (sample->places[i] != 0 && is_in(sample, sample->places[i]))
            kept[count++] = sample->places[i];
    }
    memset(sample->places, 0, sizeof(sample->places));
    for (size_t i = 0; i < count; i++)
        *find(sample, kept[i]) = kept[i];
    sample->count = count;
}

/* True: it was there. */
static bool meet(struct lbi_id_sample *sample, uint64_t hash)
{
    while (sample->count == LBI_ID_SAMPLE_MAX)
        thin_out(sample);
    if (!is_in(sample, hash))
        return false;
    uint64_t *place = find(sample, hash);
    if (*place == hash)
        return true;
    *place = hash;
    sample->count++;
    return false;
}

void lbi_id_sample_add(struct lbi_id_sample *sample, uint64_t hash)
{
    sample->known++;
    if (meet(sample, hash))
        sample->repeated += UINT64_C(1) << sample->shift;
}

void lbi_id_sample_merge(struct lbi_id_sample *into, const struct lbi_id_sample *from)
{
    while (into->shift < from->shift)
        thin_out(into);
    for (size_t i = 0; i < LBI_ID_SAMPLE_PLACES; i++) {
        if (from->places[i] != 0 && meet(into, from->places[i]))
            into->repeated += UINT64_C(1) << into->shift;
    }
    into->known += from->known;
    into->repeated += from->repeated;
}
