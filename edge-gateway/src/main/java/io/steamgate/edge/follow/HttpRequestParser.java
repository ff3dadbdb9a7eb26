package io.steamgate.edge.follow;

import io.steamgate.edge.follow.HttpRequestHead.Head;
import io.steamgate.edge.follow.HttpRequestHead.Http2Preface;
import io.steamgate.edge.follow.HttpRequestHead.Incomplete;
import io.steamgate.edge.follow.HttpRequestHead.Malformed;
import io.steamgate.edge.follow.HttpRequestHead.TargetForm;
import io.steamgate.edge.follow.RouteKey.Cookie;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * One reading of {@link HttpRequestHead}. The stages go by how many octets they need: method, request line, end of the
 * head, and only then the fields, so that the first fault on the wire is the one that is answered.
 */
final class HttpRequestParser {
    private static final Incomplete INCOMPLETE = new Incomplete();
    private static final int MOST_EMPTY_LINES = 2;
    private static final int VERSION_LENGTH = "HTTP/1.1".length();

    private final byte[] array;
    private final int origin;
    private final int end;
    /** Whether the limit is reached: what is not there now will not be waited for. */
    private final boolean full;

    private int methodStart;
    private int methodEnd;
    private int targetEnd;
    private HttpVersion version = HttpVersion.HTTP_0_9;

    private TargetForm form = TargetForm.ORIGIN;
    private Optional<String> host = Optional.empty();
    private Optional<String> path = Optional.empty();
    private List<Cookie> cookies = List.of();
    private List<String> entityTags = List.of();
    private int hosts;
    private Optional<String> hostField = Optional.empty();
    private boolean badHost;
    private boolean expectContinue;
    private boolean upgradeField;

    HttpRequestParser(Bytes bytes, int limit) {
        array = bytes.array();
        origin = bytes.offset();
        end = origin + Math.min(bytes.length(), limit);
        full = bytes.length() >= limit;
    }

    HttpRequestHead parse() {
        int at = origin;
        // RFC 9112 section 2.2: an empty line before the request is a mistake of old clients, more of them are not
        for (int lines = 0; at < end && array[at] == HttpOctets.CR; lines++) {
            if (lines == MOST_EMPTY_LINES) {
                return bad("empty-lines");
            }
            if (at + 1 == end) {
                return incomplete(431, "head-too-large");
            }
            if (array[at + 1] != HttpOctets.LF) {
                return bad("bare-cr");
            }
            at += 2;
        }
        if (at == origin) {
            int preface = prefaceOctets();
            if (preface == HttpRequestHead.HTTP2_PREFACE.length()) {
                return new Http2Preface();
            }
            if (preface == end - origin) {
                return incomplete(414, "uri-too-long");
            }
        }
        methodStart = at;
        int methodLimit = Math.min(end, methodStart + HttpRequestHead.LONGEST_METHOD + 1);
        while (at < methodLimit && HttpOctets.isToken(array[at])) {
            at++;
        }
        methodEnd = at;
        if (methodEnd - methodStart > HttpRequestHead.LONGEST_METHOD) {
            return new Malformed(501, "method-too-long");
        }
        if (at == end) {
            return incomplete(414, "uri-too-long");
        }
        if (at == methodStart || array[at] != ' ') {
            return bad("bad-request-line");
        }
        int lineFeed = HttpOctets.lineFeed(array, at, end);
        if (lineFeed < 0) {
            return incomplete(414, "uri-too-long");
        }
        if (array[lineFeed - 1] != HttpOctets.CR) {
            return bad("bare-lf");
        }
        return requestLine(lineFeed - 1);
    }

    private HttpRequestHead requestLine(int lineEnd) {
        int at = methodEnd + 1;
        while (at < lineEnd && HttpOctets.isTarget(array[at])) {
            at++;
        }
        targetEnd = at;
        if (targetEnd == methodEnd + 1) {
            return bad("bad-request-line");
        }
        if (at == lineEnd) {
            return simpleRequest(lineEnd + 2);
        }
        if (array[at] != ' '
                || lineEnd - at - 1 != VERSION_LENGTH
                || !HttpOctets.startsWith("HTTP/", array, at + 1, lineEnd)
                || !HttpOctets.isDigit(array[at + 6])
                || array[at + 7] != '.'
                || !HttpOctets.isDigit(array[at + 8])) {
            return bad("bad-request-line");
        }
        if (array[at + 6] != '1') {
            return new Malformed(505, "version-not-supported");
        }
        version = array[at + 8] == '0' ? HttpVersion.HTTP_1_0 : HttpVersion.HTTP_1_1;
        int fields = lineEnd + 2;
        int lineStart = fields;
        while (true) {
            int lineFeed = HttpOctets.lineFeed(array, lineStart, end);
            if (lineFeed < 0) {
                return incomplete(431, "head-too-large");
            }
            if (lineFeed == lineStart || array[lineFeed - 1] != HttpOctets.CR) {
                return bad("bare-lf");
            }
            if (lineFeed == lineStart + 1) {
                return head(fields, lineStart);
            }
            lineStart = lineFeed + 1;
        }
    }

    /** HTTP/0.9: a GET of a path and the end of the line. */
    private HttpRequestHead simpleRequest(int headEnd) {
        if (!is("GET") || array[methodEnd + 1] != '/') {
            return bad("bad-request-line");
        }
        path = Optional.of(pathText(methodEnd + 1));
        return head(headEnd, false, false, BodyFraming.NONE);
    }

    private HttpRequestHead head(int fieldsStart, int fieldsEnd) {
        FramingFields framing = new FramingFields();
        FieldLines lines = new FieldLines(array, fieldsStart, fieldsEnd);
        while (true) {
            switch (lines.next()) {
                case FIELD -> {
                    if (!framing.take(lines)) {
                        take(lines);
                    }
                }
                case FOLD -> {
                    return bad("obsolete-fold");
                }
                case MALFORMED -> {
                    return bad("bad-field");
                }
                case END -> {
                    return checked(framing, fieldsEnd + 2);
                }
            }
        }
    }

    private void take(FieldLines line) {
        switch (line.nameLength()) {
            case 4 -> {
                if (line.named("host")) {
                    hosts++;
                    // Empty is what a client sends whose target has no authority (RFC 9112 section 3.2)
                    if (line.valueEnd() > line.valueStart()) {
                        hostField = HostName.withOptionalPort(array, line.valueStart(), line.valueEnd());
                        badHost |= hostField.isEmpty();
                    }
                }
            }
            case 6 -> {
                if (line.named("cookie")) {
                    cookies = RoutingFields.cookies(cookies, line);
                } else if (line.named("expect")) {
                    expectContinue |= HttpOctets.tokenIs("100-continue", array, line.valueStart(), line.valueEnd());
                }
            }
            case 7 -> upgradeField |= line.named("upgrade");
            case 13 -> {
                if (line.named("if-none-match")) {
                    entityTags = RoutingFields.entityTags(entityTags, line);
                }
            }
            default -> {}
        }
    }

    private HttpRequestHead checked(FramingFields framing, int headEnd) {
        if (hosts > 1) {
            return bad("several-hosts");
        }
        if (badHost) {
            return bad("bad-host");
        }
        if (hosts == 0 && version == HttpVersion.HTTP_1_1) {
            return bad("no-host");
        }
        if (!target()) {
            return bad("bad-target");
        }
        boolean length = framing.length() != FramingFields.NO_LENGTH || framing.badLength();
        if (framing.coded() && length) {
            return bad("length-and-coding");
        }
        if (framing.coded() && version == HttpVersion.HTTP_1_0) {
            // RFC 9112 section 6.1: the framing is faulty, whatever the coding
            return bad("coding-in-http-1.0");
        }
        if (framing.badLength()) {
            return bad("bad-content-length");
        }
        if (framing.lengthRepeated()) {
            // RFC 9112 section 6.3 would have us make one of equal ones; what we replay is what the client sent
            return bad("several-content-lengths");
        }
        if (framing.badCoding()) {
            return bad("bad-transfer-coding");
        }
        if (framing.unknownCoding()) {
            return new Malformed(501, "unknown-transfer-coding");
        }
        if (framing.coded() && !framing.chunkedLast()) {
            return bad("bad-transfer-coding");
        }
        if (form == TargetForm.AUTHORITY && (framing.coded() || framing.length() > 0)) {
            // RFC 9110 section 9.3.6: nobody knows what the body of a CONNECT is
            return bad("body-in-connect");
        }
        BodyFraming body = framing.coded()
                ? BodyFraming.CHUNKED
                : length ? new BodyFraming.Length(framing.length()) : BodyFraming.NONE;
        boolean upgrade = upgradeField && framing.upgrade() && version == HttpVersion.HTTP_1_1;
        return head(headEnd, framing.persistent(version), upgrade, body);
    }

    /** Splits the target by its form (RFC 9112 section 3.2); whether it has one. */
    private boolean target() {
        int start = methodEnd + 1;
        host = hostField;
        if (is("CONNECT")) {
            form = TargetForm.AUTHORITY;
            host = HostName.withPort(array, start, targetEnd);
            return host.isPresent();
        }
        if (array[start] == '/') {
            path = Optional.of(pathText(start));
            return true;
        }
        if (array[start] == '*') {
            form = TargetForm.ASTERISK;
            return targetEnd == start + 1 && is("OPTIONS");
        }
        return absolute(start);
    }

    /** RFC 9112 section 3.2.2: the authority of the target counts, not the Host field. */
    private boolean absolute(int start) {
        int scheme = start;
        while (scheme < targetEnd && array[scheme] != ':') {
            scheme++;
        }
        boolean http =
                HttpOctets.tokenIs("http", array, start, scheme) || HttpOctets.tokenIs("https", array, start, scheme);
        if (!http || !HttpOctets.startsWith("://", array, scheme, targetEnd)) {
            return false;
        }
        int authority = scheme + 3;
        int authorityEnd = authority;
        while (authorityEnd < targetEnd && array[authorityEnd] != '/' && array[authorityEnd] != '?') {
            authorityEnd++;
        }
        form = TargetForm.ABSOLUTE;
        host = HostName.withOptionalPort(array, authority, authorityEnd);
        path = Optional.of(authorityEnd < targetEnd && array[authorityEnd] == '/' ? pathText(authorityEnd) : "/");
        return host.isPresent();
    }

    private HttpRequestHead head(int headEnd, boolean keepAlive, boolean upgrade, BodyFraming body) {
        return new Head(
                HttpRequestHead.methodText(array, methodStart, methodEnd),
                form,
                version,
                host,
                path,
                cookies,
                entityTags,
                keepAlive,
                headEnd - origin,
                expectContinue && version == HttpVersion.HTTP_1_1,
                upgrade,
                body);
    }

    private String pathText(int start) {
        int at = start;
        while (at < targetEnd && array[at] != '?') {
            at++;
        }
        return at == start + 1 ? "/" : new String(array, start, at - start, StandardCharsets.ISO_8859_1);
    }

    private boolean is(String method) {
        return methodEnd - methodStart == method.length()
                && HttpOctets.startsWith(method, array, methodStart, methodEnd);
    }

    private int prefaceOctets() {
        String preface = HttpRequestHead.HTTP2_PREFACE;
        int most = Math.min(end - origin, preface.length());
        int at = 0;
        while (at < most && array[origin + at] == preface.charAt(at)) {
            at++;
        }
        return at;
    }

    private HttpRequestHead incomplete(int status, String reason) {
        return full ? new Malformed(status, reason) : INCOMPLETE;
    }

    private static Malformed bad(String reason) {
        return new Malformed(400, reason);
    }
}
