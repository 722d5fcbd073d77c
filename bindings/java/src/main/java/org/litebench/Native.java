// SPDX-License-Identifier: Apache-2.0
package org.litebench;

/**
 * The library's functions by name and its memory by address: the little that FFM and JNA do
 * differently. A text among the arguments becomes a C string for the length of the call, null a
 * NULL. Nothing of Java is ever called from C.
 */
interface Native {
    long call(String name, Object... arguments);

    long allocate(long size);

    void release(long address);

    long getLong(long address);

    int getInt(long address);

    double getDouble(long address);

    /** UTF-8 up to its NUL. */
    String getText(long address);

    byte[] getBytes(long address, long length);

    Native INSTANCE = open();

    private static Native open() {
        String library = System.getenv().getOrDefault("LITEBENCH_LIBRARY", "liblitebench.so.0");
        for (String name : new String[] {"FfmNative", "JnaNative"}) {
            try {
                return (Native) Class.forName("org.litebench." + name)
                        .getDeclaredConstructor(String.class).newInstance(library);
            } catch (ClassNotFoundException e) {
                continue; // the other one was built
            } catch (ReflectiveOperationException e) {
                throw new UnsatisfiedLinkError("liblitebench cannot be loaded: install liblitebench0 or"
                        + " liblitebench, or let LITEBENCH_LIBRARY name the file: " + e.getCause());
            }
        }
        throw new UnsatisfiedLinkError("neither FfmNative nor JnaNative is on the class path");
    }
}
