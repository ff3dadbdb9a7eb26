package io.steamgate.session.site;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NavigableSet;
import java.util.TreeSet;

/** A page that names the files of a directory. */
final class Listing {
    private static final int MAX_FILES = 1000;

    private Listing() {}

    static Buffer page(Path directory) throws IOException {
        // However many there are, no more are held than are shown.
        NavigableSet<String> names = new TreeSet<>();
        int more = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (!name.startsWith(".") && names.add(name) && names.size() > MAX_FILES) {
                    names.removeLast();
                    more++;
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        StringBuilder page =
                new StringBuilder("<!doctype html>\n<meta charset=\"utf-8\">\n<title>Files</title>\n<ul>\n");
        for (String name : names) {
            String slash = Files.isDirectory(directory.resolve(name)) ? "/" : "";
            String link = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
            page.append("<li><a href=\"./")
                    .append(link)
                    .append(slash)
                    .append("\">")
                    .append(escaped(name))
                    .append(slash)
                    .append("</a>\n");
        }
        if (more > 0) {
            page.append("<li>").append(more).append(" more\n");
        }
        return Buffer.buffer(page.append("</ul>\n").toString());
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
