package io.steamgate.mail.destination;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageEncoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.steamgate.mail.session.Client;
import java.net.Inet6Address;

/** Says at the head of a connection whose it is, by PROXY protocol version 2 (HAProxy, {@code doc/proxy-protocol.txt} §2.2). */
final class ProxyHeader extends ChannelInboundHandlerAdapter {
    private final Client client;

    ProxyHeader(Client client) {
        this.client = client;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.pipeline().addBefore(ctx.name(), "proxy", HAProxyMessageEncoder.INSTANCE);
        ctx.writeAndFlush(message(client));
        ctx.pipeline().remove(HAProxyMessageEncoder.INSTANCE);
        ctx.fireChannelActive();
        ctx.pipeline().remove(this);
    }

    static HAProxyMessage message(Client client) {
        boolean six = client.address().getAddress() instanceof Inet6Address;
        boolean localSix = client.local().getAddress() instanceof Inet6Address;
        // One family for both: XCLIENT may have named a client of the other one.
        String mapped = "::ffff:";
        return new HAProxyMessage(
                HAProxyProtocolVersion.V2,
                HAProxyCommand.PROXY,
                six || localSix ? HAProxyProxiedProtocol.TCP6 : HAProxyProxiedProtocol.TCP4,
                (localSix && !six ? mapped : "") + client.addressText(),
                (six && !localSix ? mapped : "") + client.localText(),
                client.address().getPort(),
                client.local().getPort());
    }
}
