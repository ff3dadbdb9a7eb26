package io.steamgate.session;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;
import io.steamgate.start.TrueOrFalse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Settings of the session store; README.md lists them with the ports and certificates, which are Quarkus keys. */
@ConfigMapping(prefix = "steamgate.session")
public interface SessionConfig {
    /** Directory whose sub-directories are the sites, each named by its host in lower case. */
    @WithDefault("sites")
    String sites();

    /** Site for HTTP/1.0 requests without a Host field; without one they get 400. */
    Optional<String> defaultSite();

    /** Name of this node, as {@code /whoami} and the access log say it; the machine's host name by default. */
    Optional<String> node();

    /**
     * Address blocks of edges. A connection from one of them must begin with a PROXY version 2 header;
     * a connection from elsewhere must not.
     */
    Optional<List<String>> trustedEdges();

    /** Whether connections from addresses that are no trusted edge are served at all, once edges are configured. */
    @WithDefault("true")
    @WithConverter(TrueOrFalse.class)
    boolean direct();

    /** Time in which a connection must have sent its PROXY header and each request its whole head. */
    @WithDefault("15s")
    Duration headTimeout();

    /** One line per request with the address of the real client. */
    @WithDefault("true")
    @WithConverter(TrueOrFalse.class)
    boolean accessLog();

    /** Serves {@code /whoami}, {@code /big/N} and {@code POST /echo} on every site. */
    @WithDefault("false")
    @WithConverter(TrueOrFalse.class)
    boolean labEndpoints();

    Files files();

    /** How the files of a site are served. */
    interface Files {
        /** Files served for a directory, in order of preference. */
        @WithDefault("index.html")
        List<String> index();

        /** Answers a directory without index with a list of its files. */
        @WithDefault("false")
        @WithConverter(TrueOrFalse.class)
        boolean listing();

        /** Follows symbolic links that leave the site's directory. */
        @WithDefault("false")
        @WithConverter(TrueOrFalse.class)
        boolean outsideLinks();

        /** Prefers {@code FILE.br} or {@code FILE.gz} where the client accepts that coding. */
        @WithDefault("true")
        @WithConverter(TrueOrFalse.class)
        boolean precompressed();

        /** How long what is known about a file is believed before the file system is asked again. */
        @WithDefault("1s")
        Duration recheck();

        /** Files up to this many bytes are kept in memory. */
        @WithDefault("16384")
        int smallFile();

        /** Bound on the memory for small files, in bytes. */
        @WithDefault("8388608")
        long cacheBytes();

        /** Value of Cache-Control on files; none by default. */
        Optional<String> cacheControl();
    }
}
