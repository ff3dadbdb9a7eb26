package io.steamgate.mail;

import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;
import com.oracle.svm.core.annotate.TargetElement;

/**
 * In a native executable: dnsjava's way to the name servers of Windows is left out. It names classes of JNA, which are not in
 * this application, and an executable runs where it was built for.
 */
@TargetClass(className = "org.xbill.DNS.config.WindowsResolverConfigProvider")
final class WindowsNameServers {
    @Substitute
    @TargetElement(name = TargetElement.CONSTRUCTOR_NAME)
    void construct() {}

    @Substitute
    void initialize() {}

    @Substitute
    boolean isEnabled() {
        return false;
    }
}
