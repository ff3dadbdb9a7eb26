package io.steamgate.session.site;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A page that names the files of a directory. */
final class Listing {
    private static final int MAX_FILES = 1000;

    private Listing() {}

    static Buffer page(Path directory) throws IOException {
        List<String> names;
        try (Stream<Path> files = Files.list(directory)) {
            names = files.map(Listing::name)
                    .filter(name -> !name.startsWith("."))
                    .sorted()
                    .limit(MAX_FILES)
                    .toList();
        }
        StringBuilder page =
                new StringBuilder("<!doctype html>\n<meta charset=\"utf-8\">\n<title>Files</title>\n<ul>\n");
        for (String name : names) {
            boolean slash = name.endsWith("/");
            String plain = slash ? name.substring(0, name.length() - 1) : name;
            String link = URLEncoder.encode(plain, StandardCharsets.UTF_8).replace("+", "%20");
            page.append("<li><a href=\"./")
                    .append(link)
                    .append(slash ? "/" : "")
                    .append("\">")
                    .append(escaped(name))
                    .append("</a>\n");
        }
        return Buffer.buffer(page.append("</ul>\n").toString());
    }

    private static String name(Path file) {
        return file.getFileName() + (Files.isDirectory(file) ? "/" : "");
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
