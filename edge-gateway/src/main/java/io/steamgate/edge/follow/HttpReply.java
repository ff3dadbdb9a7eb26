package io.steamgate.edge.follow;

import java.nio.charset.StandardCharsets;

/** The answers the edge gives itself: short, complete, and the last on their connection. */
final class HttpReply {
    private HttpReply() {}

    /** @param withBody whether the body is sent too; HEAD gets none (RFC 9110 section 9.3.2) */
    static byte[] of(int status, boolean withBody) {
        String phrase = phrase(status);
        String body = status + " " + phrase + "\n";
        String retry = status == 503 ? "Retry-After: 5\r\n" : "";
        String text = "HTTP/1.1 " + status + " " + phrase + "\r\n"
                + "Content-Type: text/plain; charset=us-ascii\r\n"
                + "Content-Length: " + body.length() + "\r\n"
                + retry
                + "Connection: close\r\n\r\n"
                + (withBody ? body : "");
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** RFC 9110 section 15, RFC 6585 section 5. */
    private static String phrase(int status) {
        return switch (status) {
            case 400 -> "Bad Request";
            case 404 -> "Not Found";
            case 408 -> "Request Timeout";
            case 414 -> "URI Too Long";
            case 421 -> "Misdirected Request";
            case 431 -> "Request Header Fields Too Large";
            case 501 -> "Not Implemented";
            case 502 -> "Bad Gateway";
            case 503 -> "Service Unavailable";
            case 505 -> "HTTP Version Not Supported";
            default -> "Error";
        };
    }
}
