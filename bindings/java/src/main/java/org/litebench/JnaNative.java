// SPDX-License-Identifier: Apache-2.0
package org.litebench;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** By JNA, for Java 17. */
final class JnaNative implements Native {
    private final NativeLibrary library;

    JnaNative(String name) {
        library = NativeLibrary.getInstance(name);
    }

    @Override
    public long call(String name, Object... arguments) {
        char result = Abi.SIGNATURES.get(name).charAt(0);
        List<Long> texts = new ArrayList<>();
        Object[] plain = new Object[arguments.length];
        for (int i = 0; i < plain.length; i++) {
            plain[i] = arguments[i] == null ? Long.valueOf(0) : arguments[i];
            if (arguments[i] instanceof String text) {
                texts.add(cString(text));
                plain[i] = texts.get(texts.size() - 1);
            }
        }
        try {
            Function function = library.getFunction(name);
            if (result == 'v') {
                function.invokeVoid(plain);
                return 0;
            }
            return result == 'i' ? function.invokeInt(plain) : function.invokeLong(plain);
        } finally {
            texts.forEach(this::release);
        }
    }

    private long cString(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        long address = allocate(bytes.length + 1L);
        new Pointer(address).write(0, bytes, 0, bytes.length);
        return address;
    }

    @Override
    public long allocate(long size) {
        long address = com.sun.jna.Native.malloc(size);
        new Pointer(address).clear(size);
        return address;
    }

    @Override
    public void release(long address) {
        com.sun.jna.Native.free(address);
    }

    @Override
    public long getLong(long address) {
        return new Pointer(address).getLong(0);
    }

    @Override
    public int getInt(long address) {
        return new Pointer(address).getInt(0);
    }

    @Override
    public double getDouble(long address) {
        return new Pointer(address).getDouble(0);
    }

    @Override
    public String getText(long address) {
        return address == 0 ? "" : new Pointer(address).getString(0, "UTF-8");
    }

    @Override
    public byte[] getBytes(long address, long length) {
        return new Pointer(address).getByteArray(0, (int) length);
    }
}
