/* SPDX-License-Identifier: Apache-2.0 */
/*
 * global.c - see global.h. curl_global_init is not thread-safe before libcurl 7.84, so our own
 * calls are serialised; it is the only state of the process that this library touches.
 */
#include "net/global.h"

#include <curl/curl.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

lb_err lbi_curl_acquire(void)
{
    (void)pthread_mutex_lock(&lock);
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    (void)pthread_mutex_unlock(&lock);
    return code == CURLE_OK ? LB_OK : LB_E_NOMEM;
}

void lbi_curl_release(void)
{
    (void)pthread_mutex_lock(&lock);
    curl_global_cleanup();
    (void)pthread_mutex_unlock(&lock);
}

void lbi_curl_versions(const char **curl, const char **tls)
{
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

    *curl = info->version != NULL ? info->version : "";
    *tls = info->ssl_version != NULL ? info->ssl_version : "";
}

bool lbi_curl_keeps_clear_http2(void)
{
    return curl_version_info(CURLVERSION_NOW)->version_num >> 8 != 0x0758;
}
