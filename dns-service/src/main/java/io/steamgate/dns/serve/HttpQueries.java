package io.steamgate.dns.serve;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.steamgate.dns.wire.Dns;
import io.steamgate.dns.wire.Reply;
import io.steamgate.dns.wire.Rr;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Queries in HTTP requests for {@code /dns-query} (RFC 8484): GET with {@code ?dns=} in base 64 for URLs, or POST. */
final class HttpQueries extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final String PATH = "/dns-query";
    private static final String TYPE = "application/dns-message";
    private static final int MAX_REQUEST = 66_000;
    private static final int MAX_PIPELINED = 32;

    private final Session session;
    /** Requests of HTTP/1.1 are answered in their order. */
    private final Deque<FullHttpRequest> pipelined = new ArrayDeque<>();

    private boolean busy;

    private HttpQueries(Session session) {
        this.session = session;
    }

    static void http1(ChannelPipeline pipeline, Session session) {
        // A GET's query is part of the first line.
        pipeline.addLast(new HttpServerCodec(MAX_REQUEST * 4 / 3, 8192, 8192))
                .addLast(new HttpObjectAggregator(MAX_REQUEST))
                .addLast(new HttpQueries(session));
    }

    static void http2(ChannelPipeline pipeline, Session session) {
        pipeline.addLast(Http2FrameCodecBuilder.forServer()
                        .initialSettings(Http2Settings.defaultSettings()
                                .maxConcurrentStreams(Session.MAX_WAITING)
                                .maxHeaderListSize(MAX_REQUEST * 4 / 3))
                        .build())
                .addLast(new Http2MultiplexHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel stream) {
                        stream.pipeline()
                                .addLast(new Http2StreamFrameToHttpObjectCodec(true))
                                .addLast(new HttpObjectAggregator(MAX_REQUEST))
                                .addLast(new HttpQueries(session));
                    }
                }));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        if (pipelined.size() >= MAX_PIPELINED) {
            ctx.close();
            return;
        }
        pipelined.add(request.retain());
        next(ctx);
    }

    private void next(ChannelHandlerContext ctx) {
        while (!busy && !pipelined.isEmpty()) {
            FullHttpRequest request = pipelined.remove();
            try {
                answer(ctx, request);
            } finally {
                request.release();
            }
        }
    }

    private void answer(ChannelHandlerContext ctx, FullHttpRequest request) {
        boolean keep = HttpUtil.isKeepAlive(request);
        String uri = request.uri();
        int question = uri.indexOf('?');
        if (!request.decoderResult().isSuccess()) {
            status(ctx, HttpResponseStatus.BAD_REQUEST, false);
        } else if (!(question < 0 ? uri : uri.substring(0, question)).equals(PATH)) {
            status(ctx, HttpResponseStatus.NOT_FOUND, keep);
        } else if (request.method().equals(HttpMethod.POST)) {
            post(ctx, request, keep);
        } else if (request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD)) {
            get(ctx, request, keep);
        } else {
            status(ctx, HttpResponseStatus.METHOD_NOT_ALLOWED, keep);
        }
    }

    private void post(ChannelHandlerContext ctx, FullHttpRequest request, boolean keep) {
        String type = request.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
        if (!type.split(";", 2)[0].strip().equalsIgnoreCase(TYPE)) {
            status(ctx, HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE, keep);
            return;
        }
        byte[] query = new byte[request.content().readableBytes()];
        request.content().readBytes(query);
        ask(ctx, query, keep, false);
    }

    private void get(ChannelHandlerContext ctx, FullHttpRequest request, boolean keep) {
        List<String> values = new QueryStringDecoder(request.uri()).parameters().getOrDefault("dns", List.of());
        byte[] query;
        try {
            query = values.size() == 1 ? Base64.getUrlDecoder().decode(values.getFirst()) : new byte[0];
        } catch (IllegalArgumentException e) {
            query = new byte[0];
        }
        ask(ctx, query, keep, request.method().equals(HttpMethod.HEAD));
    }

    private void ask(ChannelHandlerContext ctx, byte[] query, boolean keep, boolean head) {
        busy = true;
        session.ask(ctx, query, messages -> {
            busy = false;
            if (messages.size() != 1) {
                // No query, or a transfer, which has no form here.
                status(ctx, HttpResponseStatus.BAD_REQUEST, keep);
            } else {
                message(ctx, messages.getFirst(), keep, head);
            }
            next(ctx);
        });
    }

    private static void message(ChannelHandlerContext ctx, byte[] message, boolean keep, boolean head) {
        ByteBuf body = head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(message);
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, TYPE).set(HttpHeaderNames.CONTENT_LENGTH, message.length);
        freshness(message)
                .ifPresent(seconds -> response.headers().set(HttpHeaderNames.CACHE_CONTROL, "max-age=" + seconds));
        write(ctx, response, keep);
    }

    /** The smallest time to live, which HTTP's must not exceed (RFC 8484 §5.1). */
    private static Optional<Integer> freshness(byte[] message) {
        return Reply.parse(message, message.length)
                .filter(reply -> reply.rcode() == Dns.NOERROR || reply.rcode() == Dns.NXDOMAIN)
                .flatMap(reply -> Stream.concat(reply.answers().stream(), reply.authorities().stream())
                        .map(Rr::ttl)
                        .min(Integer::compare));
    }

    private static void status(ChannelHandlerContext ctx, HttpResponseStatus status, boolean keep) {
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.EMPTY_BUFFER);
        response.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);
        if (status.equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
            response.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD, POST");
        }
        write(ctx, response, keep);
    }

    private static void write(ChannelHandlerContext ctx, FullHttpResponse response, boolean keep) {
        if (!keep) {
            response.headers().set(HttpHeaderNames.CONNECTION, "close");
        }
        var written = ctx.writeAndFlush(response);
        if (!keep) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        pipelined.forEach(FullHttpRequest::release);
        pipelined.clear();
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
