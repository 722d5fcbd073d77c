/* SPDX-License-Identifier: Apache-2.0 */
/* test_doctor.c - lb_doctor through the public header: findings in order, and what is refused. */
#include <check.h>
#include <litebench/litebench.h>
#include <stdlib.h>
#include <string.h>

static lb_ctx *ctx;
static lb_config *config;
static lb_doctor *doctor;

static void setup(void)
{
    ck_assert_int_eq(lb_ctx_new(&ctx, NULL, 0), LB_OK);
    ck_assert_int_eq(lb_config_new(&config, ctx), LB_OK);
    doctor = NULL;
}

static void teardown(void)
{
    lb_config_free(config);
    lb_ctx_free(ctx); /* before its child: any order */
    lb_doctor_free(doctor);
}

START_TEST(nobody_there)
{
    lb_check check;
    const char *url = NULL;
    const char *model = NULL;

    /* Port 1 of loopback: nobody, and no packet leaves this machine. */
    ck_assert_int_eq(lb_config_set(config, "target.url", "http://127.0.0.1:1/?k=hush", NULL),
                     LB_OK);
    ck_assert_int_eq(lb_doctor_new(&doctor, config), LB_OK);
    ck_assert_int_eq(lb_doctor_next(doctor, &check, sizeof(check)), LB_OK);
    ck_assert_str_eq(check.name, "name");
    ck_assert_int_eq(check.status, LB_CHECK_OK);
    ck_assert_str_eq(check.advice, "");
    ck_assert_int_eq(lb_doctor_next(doctor, &check, sizeof(check)), LB_OK);
    ck_assert_str_eq(check.name, "tcp");
    ck_assert_int_eq(check.status, LB_CHECK_FAIL);
    ck_assert_str_ne(check.advice, "");
    ck_assert_int_eq(lb_doctor_next(doctor, &check, sizeof(check)), LB_E_RANGE);
    ck_assert_int_eq(lb_doctor_next(doctor, &check, sizeof(check)), LB_E_RANGE);
    ck_assert_str_eq(check.name, "tcp"); /* untouched */
    ck_assert_int_eq(lb_doctor_target(doctor, &url, &model), LB_OK);
    ck_assert_str_eq(url, "http://127.0.0.1:1/v1");
    ck_assert_str_eq(model, "");
    ck_assert_int_eq(lb_doctor_target(doctor, NULL, NULL), LB_OK);
}
END_TEST

START_TEST(an_older_caller)
{
    char room[sizeof(lb_check)];
    const size_t known = offsetof(lb_check, status);

    memset(room, 0x55, sizeof(room));
    ck_assert_int_eq(lb_config_set(config, "target.url", "http://127.0.0.1:1", NULL), LB_OK);
    ck_assert_int_eq(lb_doctor_new(&doctor, config), LB_OK);
    ck_assert_int_eq(lb_doctor_next(doctor, (lb_check *)(void *)room, known), LB_OK);
    for (size_t i = known; i < sizeof(room); i++)
        ck_assert_int_eq(room[i], 0x55);
}
END_TEST

START_TEST(refused)
{
    lb_check check;

    ck_assert_int_eq(lb_doctor_new(NULL, config), LB_E_INVALID);
    ck_assert_int_eq(lb_doctor_new(&doctor, NULL), LB_E_INVALID);
    ck_assert_int_eq(lb_doctor_new(&doctor, config), LB_E_INVALID); /* no URL */
    ck_assert_ptr_nonnull(strstr(lb_ctx_error(ctx), "target.url"));
    ck_assert_ptr_null(doctor);
    ck_assert_int_eq(lb_doctor_next(NULL, &check, sizeof(check)), LB_E_INVALID);
    ck_assert_int_eq(lb_doctor_target(NULL, NULL, NULL), LB_E_INVALID);
    lb_doctor_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("doctor");
    TCase *all = tcase_create("all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, nobody_there);
    tcase_add_test(all, an_older_caller);
    tcase_add_test(all, refused);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
