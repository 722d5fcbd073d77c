/* SPDX-License-Identifier: Apache-2.0 */
/* topics.h - help on what is no command. */
#ifndef CLI_TOPICS_H
#define CLI_TOPICS_H

struct topic {
    const char *name;
    const char *text;   /* lines, each ending in \n */
    void (*more)(void); /* what comes from a table of the library, or NULL */
};

/* Up to one without a name. */
extern const struct topic topics[];
const struct topic *topic_find(const char *name);
void topic_show(const struct topic *topic);

#endif
