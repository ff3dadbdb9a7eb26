package io.steamgate.session.site;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Content-Type by file name extension; text is UTF-8. */
final class MediaTypes {
    private static final String DEFAULT = "application/octet-stream";
    private static final Map<String, String> BY_EXTENSION = new HashMap<>();

    static {
        text("text/html", "html", "htm");
        text("text/css", "css");
        text("text/javascript", "js", "mjs"); // RFC 9239
        text("text/plain", "txt", "text", "log", "conf", "ini", "properties");
        text("text/markdown", "md", "markdown");
        text("text/csv", "csv");
        text("text/tab-separated-values", "tsv");
        text("text/calendar", "ics");
        text("text/vcard", "vcf");
        text("text/vtt", "vtt");
        text("text/x-java-source", "java");
        text("application/xhtml+xml", "xhtml");
        text("application/xml", "xml", "xsl", "xsd");
        text("application/atom+xml", "atom");
        text("application/rss+xml", "rss");
        text("application/manifest+json", "webmanifest");
        text("application/yaml", "yaml", "yml"); // RFC 9512
        text("image/svg+xml", "svg");
        binary("application/json", "json", "map");
        binary("application/ld+json", "jsonld");
        binary("application/geo+json", "geojson");
        binary("application/wasm", "wasm");
        binary("application/pdf", "pdf");
        binary("application/rtf", "rtf");
        binary("application/epub+zip", "epub");
        binary("application/zip", "zip");
        binary("application/gzip", "gz", "tgz");
        binary("application/zstd", "zst");
        binary("application/x-bzip2", "bz2");
        binary("application/x-xz", "xz");
        binary("application/x-tar", "tar");
        binary("application/x-7z-compressed", "7z");
        binary("application/vnd.rar", "rar");
        binary("application/java-archive", "jar");
        binary("application/vnd.debian.binary-package", "deb");
        binary("application/x-rpm", "rpm");
        binary("application/x-iso9660-image", "iso");
        binary("application/sql", "sql");
        binary("application/msword", "doc");
        binary("application/vnd.ms-excel", "xls");
        binary("application/vnd.ms-powerpoint", "ppt");
        binary("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx");
        binary("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx");
        binary("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx");
        binary("application/vnd.oasis.opendocument.text", "odt");
        binary("application/vnd.oasis.opendocument.spreadsheet", "ods");
        binary("application/vnd.oasis.opendocument.presentation", "odp");
        binary("application/vnd.apple.mpegurl", "m3u8");
        binary("image/png", "png");
        binary("image/apng", "apng");
        binary("image/jpeg", "jpg", "jpeg");
        binary("image/gif", "gif");
        binary("image/webp", "webp");
        binary("image/avif", "avif");
        binary("image/heic", "heic");
        binary("image/bmp", "bmp");
        binary("image/tiff", "tif", "tiff");
        binary("image/vnd.microsoft.icon", "ico");
        binary("font/woff", "woff");
        binary("font/woff2", "woff2");
        binary("font/ttf", "ttf");
        binary("font/otf", "otf");
        binary("font/collection", "ttc");
        binary("audio/mpeg", "mp3");
        binary("audio/mp4", "m4a");
        binary("audio/ogg", "ogg", "oga", "opus");
        binary("audio/flac", "flac");
        binary("audio/aac", "aac");
        binary("audio/wav", "wav");
        binary("audio/midi", "mid", "midi");
        binary("video/mp4", "mp4", "m4v");
        binary("video/webm", "webm");
        binary("video/ogg", "ogv");
        binary("video/quicktime", "mov");
        binary("video/mpeg", "mpeg", "mpg");
        binary("video/mp2t", "ts");
        binary("video/x-matroska", "mkv");
        binary("video/x-msvideo", "avi");
    }

    private MediaTypes() {}

    static String of(String fileName) {
        int dot = fileName.lastIndexOf('.');
        return dot < 0
                ? DEFAULT
                : BY_EXTENSION.getOrDefault(fileName.substring(dot + 1).toLowerCase(Locale.ROOT), DEFAULT);
    }

    private static void text(String type, String... extensions) {
        binary(type + "; charset=utf-8", extensions);
    }

    private static void binary(String type, String... extensions) {
        for (String extension : extensions) {
            BY_EXTENSION.put(extension, type);
        }
    }
}
