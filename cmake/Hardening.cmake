# SPDX-License-Identifier: Apache-2.0
# litebench_hardening(target): what distributions ask of a network program, in optimised builds.
include_guard()
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)

set(litebench_hardening_flags)
if(LITEBENCH_HARDENING)
    foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection)
        string(MAKE_C_IDENTIFIER "LITEBENCH_HAVE${flag}" have)
        check_c_compiler_flag(${flag} ${have})
        if(${have})
            list(APPEND litebench_hardening_flags ${flag})
        endif()
    endforeach()
    # Level 3 needs both a compiler and a C library that know it; both only warn when they do not.
    set(CMAKE_REQUIRED_FLAGS "-O2 -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3")
    check_c_source_compiles("#include <string.h>
        int main(void) { return (int)strlen(\"\"); }" LITEBENCH_HAVE_FORTIFY_3)
    unset(CMAKE_REQUIRED_FLAGS)
    if(LITEBENCH_HAVE_FORTIFY_3)
        list(APPEND litebench_hardening_flags -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
    else()
        list(APPEND litebench_hardening_flags -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
    endif()
endif()

function(litebench_hardening target)
    if(NOT LITEBENCH_HARDENING)
        return()
    endif()
    set(optimised $<CONFIG:Release,RelWithDebInfo,MinSizeRel>)
    target_compile_options(${target} PRIVATE "$<${optimised}:${litebench_hardening_flags}>")
    target_link_options(${target} PRIVATE
        $<${optimised}:LINKER:-z,relro> $<${optimised}:LINKER:-z,now>)
endfunction()
