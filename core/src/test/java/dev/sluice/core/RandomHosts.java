package dev.sluice.core;

import java.net.InetAddress;
import java.util.Random;

/** Hosts from so small a world that they meet often. */
final class RandomHosts {
    private static final String[] LABELS = {"a", "b", "aa", "ab", "example", "com", "org", "x-y", "_s", "www"};

    private RandomHosts() {}

    static String name(Random random) {
        StringBuilder name = new StringBuilder(LABELS[random.nextInt(LABELS.length)]);
        for (int more = random.nextInt(4); more > 0; more--) {
            name.append('.').append(LABELS[random.nextInt(LABELS.length)]);
        }
        return name.toString();
    }

    static InetAddress address(Random random) {
        byte[] bytes = new byte[random.nextInt(3) > 0 ? 4 : 16];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) switch (random.nextInt(4)) {
                case 0 -> 0;
                case 1 -> 0xff;
                case 2 -> 0x80;
                default -> random.nextInt(4);
            };
        }
        return Addresses.fromBytes(bytes);
    }

    static Cidr block(Random random) {
        InetAddress address = address(random);
        int bits = 8 * address.getAddress().length;
        return new Cidr(address, random.nextInt(8) == 0 ? bits : random.nextInt(bits + 1));
    }
}
