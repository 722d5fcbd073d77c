/* SPDX-License-Identifier: Apache-2.0 */
/* frame.h - the JSON of answers: frames of an event stream, or the whole. */
#ifndef SIM_FRAME_H
#define SIM_FRAME_H

#include "server.h"

/* Prepares a frame whose text is filled in later. `text_len` 0: "content": null. */
void sim_frame_prepare(struct sim_answer *answer, size_t text_len, bool reasoning);

/* Each appends one frame. */
void sim_frame_role(struct sim_buf *out, const struct sim_answer *answer, bool null_content);
/* Finish, usage if wanted, [DONE], end of the chunked coding. */
void sim_frame_tail(struct sim_buf *out, const struct sim_answer *answer,
                    const struct simulate_config *config);

/* The body of an answer that is not streamed. */
void sim_frame_whole(struct sim_buf *out, const struct sim_answer *answer,
                     const struct simulate_config *config);

#endif
