package io.steamgate.edge.follow;

/** Versions that are followed; a minor version above 1 counts as 1.1 (RFC 9110 section 2.5). */
public enum HttpVersion {
    HTTP_0_9,
    HTTP_1_0,
    HTTP_1_1
}
