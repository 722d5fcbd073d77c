# SPDX-License-Identifier: Apache-2.0
# litebench_warnings(target): the warnings that all our C is free of, as far as the compiler knows
# them. They are errors with LITEBENCH_WERROR, which the developers' presets set and a packager's
# build does not: a newer compiler's new warning must not break it.
include_guard()
include(CheckCCompilerFlag)

set(litebench_warning_flags)
foreach(flag
        all extra pedantic shadow conversion sign-conversion cast-qual cast-align=strict format=2
        null-dereference double-promotion undef vla switch-enum strict-prototypes
        missing-prototypes missing-variable-declarations implicit-fallthrough duplicated-cond
        logical-op write-strings)
    string(MAKE_C_IDENTIFIER "LITEBENCH_HAVE_W${flag}" have)
    check_c_compiler_flag(-W${flag} ${have})
    if(${have})
        list(APPEND litebench_warning_flags -W${flag})
    endif()
endforeach()

function(litebench_warnings target)
    target_compile_options(${target} PRIVATE ${litebench_warning_flags})
    if(LITEBENCH_WERROR)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
endfunction()
