/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least a program can do with the installed package: headers and library are of one version.
 * Run: ./version
 */
#include <stdio.h>
#include <string.h>

#include <litebench/litebench.h>

int main(void)
{
    if (lb_version_num() != LB_VERSION_NUM || strcmp(lb_version(), LB_VERSION) != 0) {
        fprintf(stderr, "headers %s, library %s\n", LB_VERSION, lb_version());
        return 1;
    }
    printf("litebench %s on %s\n", lb_version(), lb_build_info());
    return 0;
}
