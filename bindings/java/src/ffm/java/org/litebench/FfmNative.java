// SPDX-License-Identifier: Apache-2.0
package org.litebench;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** By the foreign function API of Java 22 and later: no dependency. */
final class FfmNative implements Native {
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final Linker linker = Linker.nativeLinker();
    private final SymbolLookup library;
    private final Map<String, MethodHandle> handles = new ConcurrentHashMap<>();

    FfmNative(String name) {
        library = SymbolLookup.libraryLookup(name, Arena.global()).or(linker.defaultLookup());
    }

    private MethodHandle handle(String name) {
        String kinds = switch (name) {
            case "calloc" -> "lll";
            case "free" -> "vl";
            default -> Abi.SIGNATURES.get(name);
        };
        MemoryLayout[] given = new MemoryLayout[kinds.length() - 1];
        for (int i = 0; i < given.length; i++) {
            given[i] = layout(kinds.charAt(i + 1));
        }
        FunctionDescriptor descriptor = kinds.charAt(0) == 'v' ? FunctionDescriptor.ofVoid(given)
                : FunctionDescriptor.of(layout(kinds.charAt(0)), given);
        return linker.downcallHandle(library.find(name).orElseThrow(), descriptor);
    }

    private static MemoryLayout layout(char kind) {
        return switch (kind) {
            case 'i' -> ValueLayout.JAVA_INT;
            case 'd' -> ValueLayout.JAVA_DOUBLE;
            default -> ValueLayout.JAVA_LONG;
        };
    }

    @Override
    public long call(String name, Object... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            Object[] plain = new Object[arguments.length];
            for (int i = 0; i < plain.length; i++) {
                plain[i] = arguments[i] == null ? Long.valueOf(0) : arguments[i];
                if (arguments[i] instanceof String text) {
                    plain[i] = arena.allocateFrom(text).address();
                }
            }
            Object result = handles.computeIfAbsent(name, this::handle)
                    .invokeWithArguments(plain);
            return result == null ? 0 : ((Number) result).longValue();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public long allocate(long size) {
        return call("calloc", 1L, size);
    }

    @Override
    public void release(long address) {
        call("free", address);
    }

    @Override
    public long getLong(long address) {
        return ALL.get(ValueLayout.JAVA_LONG, address);
    }

    @Override
    public int getInt(long address) {
        return ALL.get(ValueLayout.JAVA_INT, address);
    }

    @Override
    public double getDouble(long address) {
        return ALL.get(ValueLayout.JAVA_DOUBLE, address);
    }

    @Override
    public String getText(long address) {
        return address == 0 ? "" : ALL.getString(address, StandardCharsets.UTF_8);
    }

    @Override
    public byte[] getBytes(long address, long length) {
        return ALL.asSlice(address, length).toArray(ValueLayout.JAVA_BYTE);
    }
}
