package io.steamgate.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Type;

/** The log of queries. */
class QueryLogTest {
    @Test
    void one_query_in_so_many_is_logged_with_client_question_and_code(@TempDir Path directory) {
        List<String> lines = new CopyOnWriteArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                lines.add(
                        line.getParameters() == null
                                ? line.getMessage()
                                : String.format(line.getMessage(), line.getParameters()));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger("io.steamgate.dns.queries");
        logger.addHandler(handler);
        try (TestServer server = TestServer.serving(
                directory, "example.test", DnsFixture.ZONE, Map.of("query-log", "3", "rate.per-second", "0"))) {
            for (int i = 0; i < 6; i++) {
                Ask.udp(server.address, "no" + i + ".example.test.", Type.MX);
            }
        } finally {
            logger.removeHandler(handler);
        }
        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst()).startsWith("127.0.0.1:").contains(" UDP no2.example.test. 15 rd 3 ");
        assertThat(lines.getLast()).contains("no5.example.test.");
    }
}
