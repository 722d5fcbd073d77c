/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - litebench, the command line of liblitebench: finds the command and gives it its
 * arguments. The program is a client of the library and knows nothing but its public header.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "descriptors.h"
#include "memory.h"
#include "near.h"
#include "simulate/simulate.h"

const struct command commands[] = {
    {"run", "run a benchmark and judge it", cmd_run, "run [OPTIONS] URL",
     "  litebench run https://litemaas.example.com/v1 --key-file key.txt\n"
     "  litebench run --preset workshop --users 100 http://localhost:8000\n"
     "  litebench run --preset quick http://localhost:8000 -o json:-\n",
     NULL},
    {"plan", "print the conversations a run would hold; sends nothing", cmd_plan, "plan [OPTIONS]",
     "  litebench plan --conversations 3 --turns 2\n"
     "  litebench plan --docs ./handbook --seed 7 > plan.jsonl\n",
     NULL},
    {"report", "show stored results again, in any format", cmd_report,
     "report [OPTIONS] FILE... | last",
     "  litebench report last\n"
     "  litebench report run.ndjson --slo 'ttft.p95<=1s' -o run.md\n",
     NULL},
    {"merge", "put the shards of one run together", cmd_merge, "merge [OPTIONS] FILE...",
     "  litebench merge shard-0.log shard-1.log shard-2.log -o run.json\n", NULL},
    {"doctor", "check an endpoint before a run, with what to do", cmd_doctor,
     "doctor [OPTIONS] URL",
     "  litebench doctor https://litemaas.example.com/v1 --key-file key.txt\n"
     "  litebench doctor http://localhost:8000 -o json:-\n",
     NULL},
    {"selftest", "prove the meter on this machine, without an endpoint", cmd_selftest,
     "selftest [--full] [--json]",
     "  litebench selftest\n"
     "  litebench selftest --full --json > selftest.json\n",
     selftest_options},
    {"simulate", "a simulated endpoint with known truth", cmd_simulate, "simulate [OPTIONS]",
     "  litebench simulate --ttft 200ms --itl 10ms\n"
     "  litebench simulate --port 8000 --slots 8 --log truth.csv\n",
     simulate_options},
    {"options", "list every option: name, default, environment, help", cmd_options,
     "options [--json] [--presets | --commands]",
     "  litebench options\n"
     "  litebench options --presets\n",
     options_options},
    {"completion", "print the completion script of a shell", cmd_completion,
     "completion bash|zsh|fish",
     "  source <(litebench completion bash)\n"
     "  litebench completion fish > ~/.config/fish/completions/litebench.fish\n",
     NULL},
    {"help", "help on a command or a topic", cmd_help, "help [COMMAND|TOPIC] [all]",
     "  litebench help run\n"
     "  litebench help slo\n",
     NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

const struct command *command_find(const char *name)
{
    for (const struct command *c = commands; c->name != NULL; c++) {
        if (strcmp(c->name, name) == 0)
            return c;
    }
    return NULL;
}

static void put_log(void *user, int32_t level, const char *text)
{
    (void)user;
    (void)level;
    say("%s", text);
}

lb_ctx *command_context(const struct opt_line *line)
{
    lb_ctx_options options = {.log = put_log};
    lb_ctx *ctx;

    if (line != NULL && opt_is_on(line, "output.quiet"))
        options.log_level = LB_LOG_ERROR;
    else if (line != NULL && opt_is_on(line, "output.verbose"))
        options.log_level = LB_LOG_INFO;
    else
        options.log_level = LB_LOG_WARN;
    if (lb_ctx_new(&ctx, &options, sizeof(options)) != LB_OK)
        exit(fail_with(EXIT_NOT_MEASURED, "", "out of memory"));
    return ctx;
}

/* The command line of the script that this program replaces: a URL and flags, no command. */
static bool is_old_style(const char *arg)
{
    return arg[0] == '-' || strstr(arg, "://") != NULL;
}

static int unknown_command(const char *name)
{
    const char *best = NULL;
    unsigned least = 3;

    for (const struct command *c = commands; c->name != NULL; c++) {
        unsigned d = near_distance(name, c->name);
        if (d < least) {
            least = d;
            best = c->name;
        }
    }
    if (best != NULL)
        return fail_with(EXIT_USAGE, "", "\"%.40s\" is no command; nearest: %s", name, best);
    return fail_with(EXIT_USAGE, "", "\"%.40s\" is no command (litebench --help lists them)", name);
}

static int version(void)
{
    (void)printf("litebench %s (%s)\n", lb_version(), lb_build_info());
    return EXIT_SUCCESS;
}

static int dispatch(char **args)
{
    const char *first = args[0];

    if (first == NULL) {
        help_top();
        return EXIT_USAGE;
    }
    if (strcmp(first, "--version") == 0 || strcmp(first, "-V") == 0)
        return version();
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0)
        return cmd_help(args + 1);
    const struct command *command = command_find(first);
    if (command != NULL)
        return command->run(args + 1);
    return is_old_style(first) ? cmd_run(args) : unknown_command(first);
}

/* What stdio still holds must arrive too; a reader that went away is no fault of ours. */
static int close_stdout(int code)
{
    if (fflush(stdout) == 0 || errno == EPIPE || code != EXIT_SUCCESS)
        return code;
    return fail_with(EXIT_NOT_MEASURED, "", "stdout: %s", strerror(errno));
}

int main(int argc, char **argv)
{
    (void)argc;
    memory_hide();
    raise_descriptors();
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk */
    return close_stdout(dispatch(argv + 1));
}
