/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wall.c - the kernel stamps arrivals with the wall clock, which somebody may set during a run. Its
 * distance from the monotonic clock is looked at each time it is used, and by the heartbeat. After
 * a step no stamp can be told from one of before it, so none is believed any more: the arrivals are
 * timed in user space, a little later and never wrong. Tested in tests/unit/test_loop.c and, with
 * a clock that jumps, in tests/system/test_clock.py.
 */
#include "base/clock.h"
#include "net/loop.h"

#define STEP_NS LBI_NS_PER_MS /* more than clocks drift apart in a second */

static bool far_from(int64_t a, int64_t b)
{
    return a - b > STEP_NS || b - a > STEP_NS;
}

/* Read anew each second, for the two clocks drift. */
void lbi_loop_watch_wall(struct lbi_loop *loop)
{
    int64_t before = loop->wall_offset_ns;
    bool known = loop->wall_offset_at_ns != 0;
    bool odd = known && far_from(lbi_wall_ns() - lbi_clock_ns(), before);

    if (known && !odd && loop->woke_ns - loop->wall_offset_at_ns <= LBI_NS_PER_S)
        return;
    loop->wall_offset_ns = lbi_wall_offset_ns();
    loop->wall_offset_at_ns = loop->woke_ns;
    /* Between two readings this thread may have been held up: only the careful one counts. */
    loop->wall_steps += known && far_from(loop->wall_offset_ns, before);
}

bool lbi_loop_wall_offset(struct lbi_loop *loop, int64_t *offset_ns)
{
    lbi_loop_watch_wall(loop);
    *offset_ns = loop->wall_offset_ns;
    return loop->wall_steps == 0;
}
