package io.steamgate.edge.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LinuxCallsTest {
    private static final Map<String, Integer> VARIADIC = Map.of("IOCTL", 2, "SYSCALL", 1);

    /** Without its entry a call works here, and fails in a native executable. */
    @Test
    void every_call_is_registered_for_native_executables_and_nothing_else_is() throws Exception {
        Set<String> called = new HashSet<>();
        for (Field field : LinuxCalls.class.getDeclaredFields()) {
            if (field.getType() == MethodHandle.class) {
                field.setAccessible(true);
                MethodType type = ((MethodHandle) field.get(null)).type();
                assertThat(type.parameterType(0)).as("captured errno").isEqualTo(MemorySegment.class);
                List<String> parameters = new ArrayList<>();
                for (Class<?> parameter : type.dropParameterTypes(0, 1).parameterList()) {
                    parameters.add(token(parameter));
                }
                called.add(token(type.returnType()) + parameters + VARIADIC.getOrDefault(field.getName(), 0));
            }
        }
        Set<String> registered = new HashSet<>();
        JsonArray downcalls = metadata().getJsonObject("foreign").getJsonArray("downcalls");
        for (int i = 0; i < downcalls.size(); i++) {
            JsonObject call = downcalls.getJsonObject(i);
            JsonObject options = call.getJsonObject("options");
            assertThat(options.getBoolean("captureCallState")).isTrue();
            registered.add(call.getString("returnType")
                    + call.getJsonArray("parameterTypes").getList()
                    + options.getInteger("firstVariadicArg", 0));
        }
        assertThat(registered).isEqualTo(called);
    }

    @Test
    void a_failed_call_returns_its_errno_negated() {
        assertThat(LinuxCalls.socket(-1, 0, 0)).isEqualTo(-97);
        assertThat(LinuxCalls.recv(-1, 0, 0)).isEqualTo(-9);
    }

    private static JsonObject metadata() throws Exception {
        String name = "/META-INF/native-image/io.steamgate/edge-gateway/reachability-metadata.json";
        try (InputStream in = LinuxCalls.class.getResourceAsStream(name)) {
            assertThat(in).isNotNull();
            return new JsonObject(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static String token(Class<?> type) {
        return type == int.class ? "jint" : type == long.class ? "jlong" : "void*";
    }
}
