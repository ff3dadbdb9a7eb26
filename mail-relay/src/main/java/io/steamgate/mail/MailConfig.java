package io.steamgate.mail;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;
import io.steamgate.mail.destination.Introduction;
import io.steamgate.mail.destination.OutboundTls;
import io.steamgate.mail.milter.MilterFilter;
import io.steamgate.mail.policy.Action;
import io.steamgate.start.TrueOrFalse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Settings of the mail relay; README.md lists them. */
@ConfigMapping(prefix = "steamgate.mail")
public interface MailConfig {
    /** Name of this relay in its greeting, in EHLO and in Received; the machine's host name by default. */
    Optional<String> hostname();

    /** Ports, each by a name of its own. */
    Map<String, Listener> listeners();

    /** File with a line per route: pattern and destination. */
    Optional<String> routes();

    /** SMTP and LMTP servers, each group by a name that routes use. */
    Map<String, Destination> destinations();

    Maildir maildir();

    /** File with a line per user: {@code USER:{SCRAM-SHA-256}...}. */
    Optional<String> passwordFile();

    /** Address blocks of edges: their connections begin with a PROXY version 2 header. */
    Optional<List<String>> trustedEdges();

    /** Whether clients that are no trusted edge may connect, once edges are configured. */
    @WithConverter(TrueOrFalse.class)
    @WithDefault("true")
    boolean direct();

    /** Address blocks of clients that may send anywhere without AUTH. */
    Optional<List<String>> relayClients();

    /** Address blocks of clients that may speak for others with XCLIENT. */
    Optional<List<String>> xclientClients();

    /** DNS servers, {@code ADDRESS} or {@code ADDRESS:PORT}; those of the machine by default. */
    Optional<List<String>> dnsServers();

    /** Event loops; as many as processors by default. */
    @WithDefault("0")
    int eventLoops();

    /** Threads that wait for disks and check passwords. */
    @WithDefault("16")
    int workers();

    /** Time for open transactions when the service ends. */
    @WithDefault("10s")
    Duration shutdownTimeout();

    Limits limits();

    Timeouts timeouts();

    Pool pool();

    Policies policy();

    /** How TLS is offered to clients. */
    enum ListenerTls {
        OFF,
        STARTTLS,
        IMPLICIT
    }

    /** How AUTH is offered to clients. */
    enum ListenerAuth {
        OFF,
        OFFERED,
        REQUIRED
    }

    /** One port. */
    interface Listener {
        @WithDefault("0.0.0.0")
        String host();

        int port();

        @WithDefault("off")
        ListenerTls tls();

        /** Name of a Quarkus TLS configuration ({@code quarkus.tls.NAME.*}) with the certificate. */
        Optional<String> tlsConfigurationName();

        /** Nothing but EHLO and STARTTLS before TLS. */
        @WithConverter(TrueOrFalse.class)
        @WithDefault("false")
        boolean tlsRequired();

        @WithDefault("off")
        ListenerAuth auth();

        /** AUTH without TLS too; passwords can then be read by whoever listens. */
        @WithConverter(TrueOrFalse.class)
        @WithDefault("false")
        boolean plainAuth();
    }

    /** What servers speak. */
    enum Protocol {
        SMTP,
        LMTP
    }

    /** One group of servers. */
    interface Destination {
        /** {@code HOST:PORT} or {@code HOST:PORT/WEIGHT}; without any, the recipient's domain is looked up (MX, A, AAAA). */
        Optional<List<String>> servers();

        @WithDefault("smtp")
        Protocol protocol();

        /** Port of servers that are looked up. */
        @WithDefault("25")
        int port();

        @WithDefault("opportunistic")
        OutboundTls.Security tls();

        /** How the servers learn whose mail they get. */
        @WithDefault("off")
        Introduction introduction();

        /** Name of a Quarkus TLS configuration with the trust for {@code tls=required}; Java's own by default. */
        Optional<String> tlsConfigurationName();
    }

    /** The embedded destination. */
    interface Maildir {
        /** Directory of a mailbox. */
        @WithDefault("mail/{domain}/{local}")
        String path();

        /** Makes mailboxes that are not there; otherwise their recipients are refused. */
        @WithConverter(TrueOrFalse.class)
        @WithDefault("false")
        boolean create();

        /** Local part of the mailbox that takes mail for those that have none. */
        Optional<String> catchAll();

        /** What is behind it in a local part does not belong to the mailbox's name, e.g. {@code +}. */
        Optional<String> delimiter();

        /** Octets a mailbox may hold; 0 for no bound. */
        @WithDefault("0")
        long quotaBytes();

        /** Messages a mailbox may hold; 0 for no bound. */
        @WithDefault("0")
        long quotaMessages();
    }

    /** Bounds; what is above is refused. */
    interface Limits {
        /** Octets of a message. */
        @WithDefault("52428800")
        long messageSize();

        /** Recipients of a transaction. */
        @WithDefault("1000")
        int recipients();

        /** Octets of a line of content, without its CRLF. */
        @WithDefault("998")
        int contentLine();

        /** Received lines of a message. */
        @WithDefault("50")
        int hops();

        /** Refused commands of a connection since its last message. */
        @WithDefault("30")
        int errors();

        /** Commands other than MAIL, RCPT, DATA, BDAT and AUTH between two messages. */
        @WithDefault("100")
        int idleCommands();

        /** Messages of a connection. */
        @WithDefault("10000")
        int messages();

        /** Failed AUTH attempts of a connection. */
        @WithDefault("3")
        int authentications();

        /** Failed AUTH attempts of one client address, or IPv6 /64, within {@code policy.rate-window}. */
        @WithDefault("30")
        int authenticationsOfClient();

        /** Octets of a refused message that are read so that its client hears why. */
        @WithDefault("104857600")
        long drain();

        /** Octets of content that a client has to send within {@code timeouts.block}. */
        @WithDefault("32768")
        int block();

        /** Connections. */
        @WithDefault("4096")
        int connections();

        /** Connections of one client address, or IPv6 /64. */
        @WithDefault("200")
        int connectionsOfClient();
    }

    /** RFC 5321 §4.5.3.2. */
    interface Timeouts {
        /** For a client's next command to be whole, and for a block of content in chunks. */
        @WithDefault("5m")
        Duration command();

        /** For a client's next block of content, and for a server to take one. */
        @WithDefault("3m")
        Duration block();

        /** For the TCP connection to a server. */
        @WithDefault("30s")
        Duration connect();

        /** For the answer to a recipient, with all that comes before it. */
        @WithDefault("5m")
        Duration envelope();

        /** For a server's answer to DATA. */
        @WithDefault("2m")
        Duration data();

        /** For a server's answer to a whole message. */
        @WithDefault("10m")
        Duration message();
    }

    /** What is asked about strangers before their mail is taken; all off by default. */
    interface Policies {
        /** SPF of the sender (RFC 7208). */
        @WithDefault("off")
        Action spf();

        /** DKIM signatures (RFC 6376). */
        @WithDefault("off")
        Action dkim();

        /** DMARC of the domain in From (RFC 7489). */
        @WithDefault("off")
        Action dmarc();

        /** Octets of a message that waits in memory for its Authentication-Results; 0 for none. */
        @WithDefault("0")
        int inspectLimit();

        /** Filters that speak the milter protocol, {@code ADDRESS:PORT}. */
        Optional<List<String>> milters();

        /** For the connection to a filter, and for its offer. */
        @WithDefault("30s")
        Duration milterConnectTimeout();

        /** For a filter's answer to a part of the envelope. */
        @WithDefault("30s")
        Duration milterCommandTimeout();

        /** For a filter's answer to a part of the message, and for its verdict. */
        @WithDefault("5m")
        Duration milterContentTimeout();

        /** What becomes of a message about which a filter does not say. */
        @WithDefault("tempfail")
        MilterFilter.DefaultAction milterDefaultAction();

        /** Zones of DNS block lists. */
        Optional<List<String>> dnsblZones();

        @WithDefault("refuse")
        Action dnsblAction();

        /** Time until a client that comes back is believed; 0 for no greylisting. */
        @WithDefault("0s")
        Duration greylistDelay();

        /** How long a client that came back is known. */
        @WithDefault("864h")
        Duration greylistLifespan();

        /** Recipients that a client address, or IPv6 /64, may name within the window; 0 for no bound. */
        @WithDefault("0")
        long rateRecipients();

        @WithDefault("1m")
        Duration rateWindow();
    }

    /** Connections to servers that wait for another message. */
    interface Pool {
        /** Connections per server and event loop; 0 for none. */
        @WithDefault("20")
        int connections();

        @WithDefault("5s")
        Duration idle();

        /** Messages on one connection. */
        @WithDefault("100")
        int messages();
    }
}
