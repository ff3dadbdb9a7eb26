package io.steamgate.dns.cluster;

import io.steamgate.dns.cluster.PublicAddress.AddressSource;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Names;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;

/** Kinds of sources of the public address. */
final class AddressSources {
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final int MAX_BODY = 4096;

    private AddressSources() {}

    /**
     * {@code dns://192.0.2.1:53/myaddr.example} asks that server for the address of a name that is whoever asks; {@code http://…} and
     * {@code https://…} answer with the address as text.
     *
     * @throws IllegalArgumentException naming what is no source
     */
    static AddressSource parse(String text) {
        URI uri = URI.create(text.strip());
        String scheme = String.valueOf(uri.getScheme());
        if (scheme.equals("dns") && uri.getHost() != null && uri.getPath().length() > 1) {
            String host = uri.getHost().replace("[", "").replace("]", "");
            InetSocketAddress server =
                    new InetSocketAddress(InetAddress.ofLiteral(host), uri.getPort() < 0 ? 53 : uri.getPort());
            return echo(server, Names.parse(uri.getPath().substring(1)));
        }
        if (scheme.equals("http") || scheme.equals("https")) {
            return () -> http(uri);
        }
        throw new IllegalArgumentException(
                "'" + text + "' is no source of addresses: dns://192.0.2.1/myaddr.example or https://example/ip");
    }

    /** A server whose answer to a name is the address that asks. */
    static AddressSource echo(InetSocketAddress server, byte[] name) {
        return () -> {
            SimpleResolver resolver = new SimpleResolver(server);
            resolver.setTimeout(PATIENCE);
            int type = server.getAddress().getAddress().length == 4 ? Dns.A : Dns.AAAA;
            try {
                Message answer = resolver.send(Message.newQuery(Record.newRecord(new Name(name), type, DClass.IN)));
                for (Record record : answer.getSection(Section.ANSWER)) {
                    if (record instanceof ARecord a) {
                        return Optional.of(a.getAddress());
                    }
                    if (record instanceof AAAARecord aaaa) {
                        return Optional.of(aaaa.getAddress());
                    }
                }
            } catch (IOException e) {
                // Nobody there: the next source is asked.
            }
            return Optional.empty();
        };
    }

    private static Optional<InetAddress> http(URI uri) {
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
            HttpResponse<byte[]> response = client.send(
                    HttpRequest.newBuilder(uri).timeout(PATIENCE).build(),
                    HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), MAX_BODY));
            String text = new String(response.body(), java.nio.charset.StandardCharsets.US_ASCII).strip();
            return response.statusCode() == 200 ? Optional.of(InetAddress.ofLiteral(text)) : Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
