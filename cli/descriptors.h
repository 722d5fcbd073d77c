/* SPDX-License-Identifier: Apache-2.0 */
/* descriptors.h - open files for thousands of connections. */
#ifndef CLI_DESCRIPTORS_H
#define CLI_DESCRIPTORS_H

/* Raises the soft limit to the hard one; the library says what is still too little. */
void raise_descriptors(void);

#endif
