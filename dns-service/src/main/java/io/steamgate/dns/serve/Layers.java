package io.steamgate.dns.serve;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.steamgate.dns.wire.Dns;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** What streams carry queries in. */
public final class Layers {
    private static final long HANDSHAKE_MILLIS = 5_000;

    private Layers() {}

    /** Frames behind their length, as they are. */
    public static void plain(SocketChannel channel, Session session) {
        frames(channel.pipeline(), session);
    }

    private static void frames(ChannelPipeline pipeline, Session session) {
        pipeline.addLast(new LengthFieldBasedFrameDecoder(Dns.MAX_MESSAGE + 2, 0, 2, 0, 2))
                .addLast(new QueryStream(session));
    }

    /** The same over TLS (RFC 7858). */
    public static StreamServer.Layer tls(Supplier<SSLContext> certificates) {
        return (channel, session) -> secure(
                channel, certificates.get(), new String[] {"dot"}, protocol -> frames(channel.pipeline(), session));
    }

    /** HTTP/2 or HTTP/1.1 over TLS (RFC 8484). */
    public static StreamServer.Layer https(Supplier<SSLContext> certificates) {
        return (channel, session) -> secure(channel, certificates.get(), new String[] {"h2", "http/1.1"}, protocol -> {
            if (protocol.equals("h2")) {
                HttpQueries.http2(channel.pipeline(), session);
            } else {
                HttpQueries.http1(channel.pipeline(), session);
            }
        });
    }

    private static void secure(
            SocketChannel channel, SSLContext context, String[] protocols, Consumer<String> whenAgreed) {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
        parameters.setApplicationProtocols(protocols);
        engine.setSSLParameters(parameters);
        SslHandler handler = new SslHandler(engine);
        handler.setHandshakeTimeoutMillis(HANDSHAKE_MILLIS);
        channel.pipeline().addLast(handler).addLast(new Agreed(handler, whenAgreed));
    }

    /** Waits for the end of the handshake, which is when it is known what will be spoken. */
    private static final class Agreed extends ChannelInboundHandlerAdapter {
        private final SslHandler tls;
        private final Consumer<String> whenAgreed;

        Agreed(SslHandler tls, Consumer<String> whenAgreed) {
            this.tls = tls;
            this.whenAgreed = whenAgreed;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SslHandshakeCompletionEvent completion) {
                if (completion.isSuccess()) {
                    String protocol = tls.engine().getApplicationProtocol();
                    whenAgreed.accept(protocol == null ? "" : protocol);
                    ctx.pipeline().remove(this);
                } else {
                    ctx.close();
                }
            }
            ctx.fireUserEventTriggered(event);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
