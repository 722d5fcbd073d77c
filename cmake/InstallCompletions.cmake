# SPDX-License-Identifier: Apache-2.0
# Runs at install time: asks the program just built for its completion scripts and installs them
# where each shell looks by itself. `datadir` may be relative to the prefix or absolute.
if(NOT IS_ABSOLUTE "${datadir}")
    set(datadir "${CMAKE_INSTALL_PREFIX}/${datadir}")
endif()
set(to_bash bash-completion/completions litebench)
set(to_zsh zsh/site-functions _litebench)
set(to_fish fish/vendor_completions.d litebench.fish)
foreach(shell bash zsh fish)
    list(GET to_${shell} 0 folder)
    list(GET to_${shell} 1 name)
    set(script "${scratch}/completion/${name}")
    file(MAKE_DIRECTORY "${scratch}/completion")
    execute_process(COMMAND "${program}" completion ${shell} OUTPUT_FILE "${script}"
                    RESULT_VARIABLE code)
    if(code EQUAL 0)
        file(INSTALL "${script}" DESTINATION "${datadir}/${folder}")
    else()
        message(WARNING "no completion for ${shell}: ${program} does not run here (${code})")
    endif()
endforeach()
