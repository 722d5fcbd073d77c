/* SPDX-License-Identifier: Apache-2.0 */
/* save.h - records of the last runs, kept without being asked: litebench report last. */
#ifndef CLI_SAVE_H
#define CLI_SAVE_H

#include "sink.h"

/* Opens a file for the records of a run that begins now. False where nothing can be kept, which is
 * no fault: nobody asked. */
bool save_open(struct sink *sink);
/* An lb_write_cb that never fails: a full disk must not end a run for a convenience. */
lb_err save_write(void *user, const char *data, size_t len);
/* Names the file and removes the oldest ones. False: there is no file. */
bool save_finish(struct sink *sink);
/* Path of the newest records, NULL when there are none. The caller frees it. */
char *save_last(void);

#endif
