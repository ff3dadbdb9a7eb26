package io.steamgate.state.server;

import io.steamgate.state.embedded.Access.User;
import java.security.Principal;
import java.security.Provider;
import java.util.List;
import java.util.Map;
import javax.security.auth.Subject;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.sasl.AuthorizeCallback;
import javax.security.sasl.SaslException;
import javax.security.sasl.SaslServer;
import org.infinispan.server.core.security.sasl.SaslAuthenticator;
import org.infinispan.server.core.security.sasl.SubjectSaslServer;
import org.wildfly.security.auth.callback.CredentialCallback;
import org.wildfly.security.credential.PasswordCredential;
import org.wildfly.security.password.WildFlyElytronPasswordProvider;
import org.wildfly.security.password.interfaces.ClearPassword;
import org.wildfly.security.sasl.scram.ScramSaslServerFactory;

/** Lets one user in, by SCRAM (RFC 5802). What the user may do is not asked: it is the one that services share. */
record OneUser(User user) implements SaslAuthenticator {
    static final String MECHANISM = "SCRAM-SHA-512";
    private static final Provider PASSWORDS = WildFlyElytronPasswordProvider.getInstance();

    @Override
    public SaslServer createSaslServer(
            String mechanism,
            List<Principal> principals,
            String protocol,
            String serverName,
            Map<String, String> properties)
            throws SaslException {
        SaslServer server = new ScramSaslServerFactory(PASSWORDS)
                .createSaslServer(mechanism, protocol, serverName, Map.of(), this::answer);
        return new SubjectSaslServer(server, principals, null) {
            @Override
            public Object getNegotiatedProperty(String name) {
                return SUBJECT.equals(name) ? new Subject() : delegate.getNegotiatedProperty(name);
            }
        };
    }

    private void answer(Callback[] callbacks) throws UnsupportedCallbackException {
        for (Callback callback : callbacks) {
            switch (callback) {
                case NameCallback asked -> {
                    if (!user.name().equals(asked.getDefaultName())) {
                        throw new UnsupportedCallbackException(asked, "no such user");
                    }
                }
                case CredentialCallback asked
                when asked.isCredentialTypeSupported(PasswordCredential.class, ClearPassword.ALGORITHM_CLEAR) ->
                    asked.setCredential(new PasswordCredential(ClearPassword.createRaw(
                            ClearPassword.ALGORITHM_CLEAR, user.password().toCharArray())));
                case AuthorizeCallback asked ->
                    asked.setAuthorized(asked.getAuthenticationID().equals(asked.getAuthorizationID()));
                default -> throw new UnsupportedCallbackException(callback);
            }
        }
    }
}
