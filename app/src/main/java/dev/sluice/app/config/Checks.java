package dev.sluice.app.config;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What must hold between the parts of a configuration: names that exist, no circles, no open proxy by accident. */
final class Checks {
    private final Config config;
    private final Reading reading;

    Checks(Config config, Reading reading) {
        this.config = config;
        this.reading = reading;
    }

    void run() {
        config.inbounds().forEach(this::inbound);
        outbounds();
        routes();
        references();
        sameAddresses();
    }

    private void inbound(InboundConfig inbound) {
        if (inbound instanceof InboundConfig.AnyTls anyTls) {
            passwordsTellApart(anyTls);
        }
        if (!(inbound instanceof InboundConfig.Proxy proxy)) {
            return;
        }
        List<UserConfig.Entry> entries = proxy.users();
        boolean anybody = entries == null ? reading.declared("user").isEmpty() : entries.isEmpty();
        if (anybody && proxy.listening().allowFrom().isEmpty()) {
            for (Placed<InetSocketAddress> address : proxy.listening().addresses()) {
                if (!address.value().getAddress().isLoopbackAddress()) {
                    reading.fault(address.place(), "the inbound '" + inbound.name() + "' would be an open proxy: it listens on "
                            + "an address that others can reach, with neither 'users' nor 'allow-from'; add one of them, or listen "
                            + "on 127.0.0.1");
                }
            }
        }
    }

    /** An AnyTLS client sends a hash of its password and nothing else. */
    private void passwordsTellApart(InboundConfig.AnyTls inbound) {
        Place place = inbound.listening().addresses().getFirst().place();
        Map<String, String> passwords = new HashMap<>();
        Map<String, String> names = new HashMap<>();
        List<UserConfig> users = UserConfig.resolve(inbound.users(), config.users());
        if (users.isEmpty() && reading.faults().isEmpty()) {
            reading.fault(place, "the inbound '" + inbound.name() + "' has no users: give it 'users' with name and password");
        }
        for (UserConfig user : users) {
            String name = user.name().value();
            String password = user.password().reveal();
            String other = passwords.put(password, name);
            if (names.put(name, name) != null) {
                reading.fault(user.name().place(), "the user '" + name + "' is there twice");
            } else if (other != null) {
                reading.fault(user.name().place(),
                        "the users '" + other + "' and '" + name + "' of the inbound '" + inbound.name()
                                + "' have the same password: it is what tells them apart");
            }
            if (password.matches("\\$2[aby]\\$\\d\\d\\$.{53}")) {
                reading.fault(user.name().place(),
                        "the password of '" + name + "' is a bcrypt hash: AnyTLS needs the password itself");
            }
        }
    }

    private void outbounds() {
        Map<String, OutboundConfig> byName = new HashMap<>();
        config.outbounds().forEach(o -> byName.putIfAbsent(o.name(), o));
        Set<String> done = new HashSet<>();
        for (OutboundConfig outbound : config.outbounds()) {
            walk(outbound, byName, new ArrayList<>(), done);
        }
    }

    /** Depth first; each circle is reported once, at the reference that closes it. */
    private void walk(OutboundConfig outbound, Map<String, OutboundConfig> byName, List<String> path, Set<String> done) {
        if (done.contains(outbound.name())) {
            return;
        }
        path.add(outbound.name());
        for (Placed<String> reference : outbound.references()) {
            int again = path.indexOf(reference.value());
            OutboundConfig next = byName.get(reference.value());
            if (again >= 0) {
                reading.fault(reference.place(), "the outbounds lead in a circle: "
                        + String.join(" -> ", path.subList(again, path.size())) + " -> " + reference.value());
            } else if (next != null && path.size() < 64) {
                walk(next, byName, path, done);
            } else if (next != null) {
                reading.fault(reference.place(), "more than 64 outbounds in a row");
            }
        }
        path.removeLast();
        done.add(outbound.name());
    }

    private void routes() {
        for (int i = 0; i < config.routes().size() - 1; i++) {
            if (config.routes().get(i).when() == null) {
                reading.fault(config.routes().get(i).place(),
                        "'default' ends the list: the routes below it would never be looked at");
            }
        }
    }

    private void references() {
        for (Reading.Reference reference : reading.references()) {
            Set<String> names = reading.names(reference.kind());
            if (reference.kind().equals("outbound")) {
                names.addAll(List.of("direct", "block"));
            }
            String name = reference.name().value();
            if (!names.contains(name)) {
                reading.fault(reference.name().place(),
                        "unknown " + reference.kind() + " '" + name + "'" + DidYouMean.hint(name, names)
                                + " (" + (names.isEmpty() ? "none is declared" : "declared: " + String.join(", ", names)) + ")");
            }
        }
    }

    private void sameAddresses() {
        Map<String, String> taken = new HashMap<>();
        for (InboundConfig inbound : config.inbounds()) {
            List<String> networks = inbound instanceof InboundConfig.Forward f
                    ? f.networks().stream().map(Object::toString).toList()
                    : List.of("tcp");
            for (Placed<InetSocketAddress> address : inbound.listening().addresses()) {
                for (String network : networks) {
                    String other = address.value().getPort() == 0
                            ? null
                            : taken.putIfAbsent(network + address.value(), inbound.name());
                    if (other != null) {
                        reading.fault(address.place(), "the inbound '" + other + "' listens on the same address");
                    }
                }
            }
        }
    }
}
