/* SPDX-License-Identifier: Apache-2.0 */
/* doctor.c - lb_doctor_*: checks of arguments in front of engine/doctor.c. */
#include "engine/doctor.h"

#include "api/size.h"

lb_err lb_doctor_new(lb_doctor **out, const lb_config *config)
{
    return out == NULL || config == NULL ? LB_E_INVALID : lbi_doctor_new(out, config);
}

void lb_doctor_free(lb_doctor *doctor)
{
    lbi_doctor_free(doctor);
}

lb_err lb_doctor_next(lb_doctor *doctor, lb_check *out, size_t size)
{
    lb_check check;

    if (doctor == NULL || out == NULL)
        return LB_E_INVALID;
    lb_err err = lbi_doctor_next(doctor, &check);
    if (err == LB_OK)
        lbi_copy_out(out, size, &check, sizeof(check));
    return err;
}

lb_err lb_doctor_target(const lb_doctor *doctor, const char **url, const char **model)
{
    if (doctor == NULL)
        return LB_E_INVALID;
    if (url != NULL)
        *url = doctor->endpoint.base;
    if (model != NULL)
        *model = lbi_doctor_model(doctor);
    return LB_OK;
}
