package dev.sluice.proxy.upstream;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageEncoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.util.NetUtil;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Writes the PROXY protocol's header, versions 1 and 2 (haproxy's {@code proxy-protocol.txt}). */
public final class ProxyHeaders {
    private ProxyHeaders() {}

    /**
     * Tells the target who is behind {@code channel}, before anything else is written. The destination is the address that was
     * really dialled. Where one of the two has no address both are left out (UNKNOWN). On the channel's loop.
     */
    public static void write(Channel channel, HAProxyProtocolVersion version, InetSocketAddress source) {
        HAProxyMessage message = message(version, source, channel.remoteAddress());
        if (version == HAProxyProtocolVersion.V1 && message.proxiedProtocol() == HAProxyProxiedProtocol.UNKNOWN) {
            message.release(); // Netty's encoder fails on it
            channel.writeAndFlush(ByteBufUtil.writeAscii(channel.alloc(), "PROXY UNKNOWN\r\n"));
            return;
        }
        channel.pipeline().addFirst(HAProxyMessageEncoder.INSTANCE);
        channel.writeAndFlush(message);
        channel.pipeline().remove(HAProxyMessageEncoder.INSTANCE);
    }

    private static HAProxyMessage message(HAProxyProtocolVersion version, InetSocketAddress source, SocketAddress target) {
        if (!(target instanceof InetSocketAddress to) || to.getAddress() == null || source.getAddress() == null) {
            return new HAProxyMessage(version, HAProxyCommand.PROXY, HAProxyProxiedProtocol.UNKNOWN, null, null, 0, 0);
        }
        InetAddress from = source.getAddress();
        boolean four = from instanceof Inet4Address && to.getAddress() instanceof Inet4Address;
        HAProxyProxiedProtocol protocol = four ? HAProxyProxiedProtocol.TCP4 : HAProxyProxiedProtocol.TCP6;
        return new HAProxyMessage(version, HAProxyCommand.PROXY, protocol, text(from, four), text(to.getAddress(), four),
                source.getPort(), to.getPort());
    }

    /** Without a zone; beside an IPv6 address an IPv4 address is written in its mapped form (RFC 4291 §2.5.5.2). */
    private static String text(InetAddress address, boolean four) {
        if (address instanceof Inet4Address) {
            return four ? address.getHostAddress() : "::ffff:" + address.getHostAddress();
        }
        String text = NetUtil.toAddressString(address);
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone);
    }
}
