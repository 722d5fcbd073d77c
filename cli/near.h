/* SPDX-License-Identifier: Apache-2.0 */
/* near.h - what somebody probably meant. */
#ifndef CLI_NEAR_H
#define CLI_NEAR_H

/* Edits from what was typed to a word; a swap of neighbours counts 1, and so does an abbreviation.
 * Large for long words. */
unsigned near_distance(const char *a, const char *b);
/* Is the distance small enough to be a slip of the fingers? */
int near_enough(unsigned distance, const char *word);

#endif
