/* SPDX-License-Identifier: Apache-2.0 */
/* topics.c - short texts on things that several options share. Lists come from the library. */
#include "topics.h"

#include <litebench/litebench.h>

#include <stdio.h>
#include <string.h>

static void list_presets(void)
{
    const char *name;
    const char *help;

    for (size_t i = 0; lb_preset_at(&name, &help, i) == LB_OK; i++)
        (void)printf("  %-18s %s\n", name, help);
}

static void list_formats(void)
{
    const char *name;
    const char *help;

    for (size_t i = 0; lb_format_at(&name, &help, i) == LB_OK; i++)
        (void)printf("  %-12s %s\n", name, help);
}

const struct topic topics[] = {
    {"slo",
     "Objectives: --slo 'METRIC[.STAT][@CLASS] OP LIMIT', repeatable. OP is < <= > or >=.\n"
     "\n"
     "  --slo 'ttft.p95<=500ms'        95 % of first tokens within half a second\n"
     "  --slo 'ttfa.p95@first<=5s'     first words of first answers\n"
     "  --slo 'errors<=1%'             failed requests\n"
     "  --slo 'sessions>=90%'          whole conversations that met every duration objective\n"
     "\n"
     "With STAT (mean min max p50 p90 p95 p99 p99.9): ttft ttft_total ttfa ttfb tpot itl e2e\n"
     "stall response. Without: errors rps tps cache_hit cache_benefit speedup sessions.\n"
     "CLASS: first later code text turn=N model=NAME.\n"
     "Defaults: ttft.p95<=500ms and errors<=1%. A given objective replaces the defaults of the\n"
     "same metric only. A failed request counts as one that took for ever.\n",
     NULL},
    {"exit-codes",
     "  0    PASS, or what --fail-on lets pass\n"
     "  1    FAIL or WARN\n"
     "  2    wrong usage or configuration\n"
     "  3    could not measure: nothing answered, no right to, no model, or a file was not\n"
     "       writable\n"
     "  4    INVALID: measured, but the numbers cannot be trusted\n"
     "  5    UNDECIDED: the sample is too small for a verdict\n"
     "  130  stopped by Ctrl-C (143: by SIGTERM); the result holds every finished turn\n"
     "\n"
     "--fail-on LIST chooses which of fail, warn, invalid and undecided are not 0;\n"
     "--exit-zero is --fail-on none.\n",
     NULL},
    {"formats",
     "-o FILE writes a result; the format is that of the extension (.json .ndjson .csv .md .txt\n"
     ".yaml ...) or is named: -o FORMAT:FILE. FILE - is stdout, for one of them.\n"
     "\n",
     list_formats},
    {"presets",
     "--preset NAME sets several options at once; every one of them can be overridden.\n"
     "litebench options --presets shows what each sets.\n"
     "\n",
     list_presets},
    {"environment",
     "Every option can stand in the environment: LITEBENCH_, then its full name with _ for .\n"
     "(litebench options lists them):\n"
     "\n"
     "  LITEBENCH_LOAD_WORKERS=8       load.workers, --workers\n"
     "  LITEBENCH_JUDGE_SLO='...'      judge.slo, --slo; one item a line\n"
     "\n"
     "  LITEBENCH_URL, OPENAI_BASE_URL       the endpoint\n"
     "  LITEBENCH_API_KEY, OPENAI_API_KEY    its key\n"
     "  XDG_STATE_HOME                       records are kept in $XDG_STATE_HOME/litebench\n"
     "  http_proxy, https_proxy, all_proxy   the proxy to go through, as curl reads them\n"
     "  no_proxy                             hosts that are reached without one\n"
     "  NO_COLOR                             no colour\n"
     "\n"
     "Flag or --set > environment > --config FILE > --preset > default. litebench run --dry-run\n"
     "shows every value and where it came from.\n",
     NULL},
    {"config",
     "--config FILE reads options as JSON, by group or by full name:\n"
     "\n"
     "  {\n"
     "    \"target\": {\"url\": \"https://litemaas.example.com/v1\", \"key_file\": \"key.txt\"},\n"
     "    \"load\": {\"users\": 100, \"min_delay\": \"15s\", \"max_delay\": \"45s\"},\n"
     "    \"judge.slo\": [\"ttfa.p95<=5s\", \"errors<=1%\"]\n"
     "  }\n"
     "\n"
     "litebench options lists the names.\n",
     NULL},
    {NULL, NULL, NULL},
};

const struct topic *topic_find(const char *name)
{
    for (const struct topic *t = topics; t->name != NULL; t++) {
        if (strcmp(t->name, name) == 0)
            return t;
    }
    return NULL;
}

void topic_show(const struct topic *topic)
{
    (void)fputs(topic->text, stdout);
    if (topic->more != NULL)
        topic->more();
}
