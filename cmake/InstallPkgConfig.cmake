# SPDX-License-Identifier: Apache-2.0
# Runs at install time: writes litebench.pc for the prefix that is installed to. The folders may be
# relative to the prefix or absolute.
set(prefix "${CMAKE_INSTALL_PREFIX}")
if(IS_ABSOLUTE "${libdir}")
    set(to "${libdir}/pkgconfig")
else()
    set(to "${prefix}/${libdir}/pkgconfig")
    string(PREPEND libdir "\${prefix}/")
endif()
if(NOT IS_ABSOLUTE "${includedir}")
    string(PREPEND includedir "\${prefix}/")
endif()

# Without a shared library whoever links needs what the library needs, also without --static.
if(shared)
    set(private ".private")
    set(libs "-llitebench")
else()
    set(private "")
    set(libs "-llitebench -pthread -lm")
endif()

# Straight to its place (below DESTDIR, if any), and into the manifest that an uninstall reads.
configure_file("${template}" "$ENV{DESTDIR}${to}/litebench.pc" @ONLY)
message(STATUS "Installing: $ENV{DESTDIR}${to}/litebench.pc")
list(APPEND CMAKE_INSTALL_MANIFEST_FILES "${to}/litebench.pc")
