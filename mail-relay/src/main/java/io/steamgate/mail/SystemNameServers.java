package io.steamgate.mail;

import com.oracle.svm.core.annotate.Alias;
import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;
import com.oracle.svm.core.annotate.TargetElement;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.Name;
import org.xbill.DNS.ResolverConfig;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.config.ResolvConfResolverConfigProvider;

/**
 * In a native executable: dnsjava learns this machine's name servers from {@code /etc/resolv.conf} alone. Its other ways, those of
 * Windows and Android among them, name classes that are not in this application, and an executable runs where it was built for.
 */
@TargetClass(ResolverConfig.class)
@SuppressWarnings("NullAway.Init") // The constructor below is the target's.
final class SystemNameServers {
    @Alias
    private List<InetSocketAddress> servers;

    @Alias
    private List<Name> searchlist;

    @Alias
    private int ndots;

    @Substitute
    @TargetElement(name = TargetElement.CONSTRUCTOR_NAME)
    void construct() {
        ResolvConfResolverConfigProvider file = new ResolvConfResolverConfigProvider();
        file.initialize();
        servers = new ArrayList<>(file.servers());
        searchlist = new ArrayList<>(file.searchPaths());
        ndots = file.ndots();
        if (servers.isEmpty()) {
            servers.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), SimpleResolver.DEFAULT_PORT));
        }
    }
}
