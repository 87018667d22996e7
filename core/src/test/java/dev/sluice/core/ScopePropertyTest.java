package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random trees of scopes over several executors, with random operations, against a model that knows only the documentation. */
class ScopePropertyTest {
    private static final int ROUNDS = 300;
    private static final int OPERATIONS = 60;

    /** What is registered with a scope, in its order. */
    private abstract static sealed class Item permits Node, Resource {
        final int order;
        boolean late; // came when the scope was closing already, or about to

        Item(int order) {
            this.order = order;
        }

        abstract boolean gone();
    }

    private static final class Node extends Item {
        final Scope scope;
        final @Nullable Node parent;
        final List<Item> items = new ArrayList<>();
        boolean open = true;
        boolean draining;
        boolean closeWhenEmpty;
        boolean drainHook;
        long deadline = Long.MAX_VALUE;

        Node(int order, Scope scope, @Nullable Node parent) {
            super(order);
            this.scope = scope;
            this.parent = parent;
        }

        @Override
        boolean gone() {
            return scope.closed().isDone();
        }

        /** Whether the close of this scope, or of one above it, may be on its way already. */
        boolean isClosing() {
            return !scope.isOpen() || (parent != null && parent.isClosing());
        }

        List<Node> openChildren() {
            return items.stream().filter(i -> i instanceof Node n && n.open).map(Node.class::cast).toList();
        }

        void close() {
            if (open) {
                open = false;
                openChildren().forEach(Node::close);
                if (parent != null) {
                    parent.emptied();
                }
            }
        }

        void emptied() {
            if (open && closeWhenEmpty && openChildren().isEmpty()) {
                close();
            }
        }

        void drain() {
            if (open && !draining) {
                draining = true;
                closeWhenEmpty |= drainHook;
                openChildren().forEach(Node::drain);
                emptied();
            }
        }
    }

    private static final class Resource extends Item {
        int closes;
        boolean releasing;
        boolean released;
        boolean gone;
        @Nullable
        Promise<Void> promise;

        Resource(int order) {
            super(order);
        }

        @Override
        boolean gone() {
            return gone || releasing || (promise != null && promise.isDone());
        }
    }

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final List<String> faults = new ArrayList<>();
    private int orders;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void behavesLikeTheModel(boolean slowClosers) {
        for (int round = 0; round < ROUNDS; round++) {
            round(slowClosers);
        }
    }

    private void round(boolean slowClosers) {
        SimulatedExecutors world = new SimulatedExecutors(random.nextLong());
        List<SimulatedExecutors.Executor> executors = List.of(world.add(), world.add(), world.add());
        Node root = new Node(0, Scope.root("root", executors.get(0)), null);
        List<Node> nodes = new ArrayList<>(List.of(root));
        List<Scope.Ownership> holds = new ArrayList<>();
        List<Resource> resources = new ArrayList<>();
        long now = 0;
        for (int i = 0; i < OPERATIONS; i++) {
            Node node = nodes.get(random.nextInt(nodes.size()));
            Scope scope = node.scope;
            switch (random.nextInt(slowClosers ? 10 : 9)) {
                case 0, 1 -> {
                    Node child = new Node(++orders, scope.child("c" + orders, executors.get(random.nextInt(3))), node);
                    child.late = node.isClosing();
                    node.items.add(child);
                    nodes.add(child);
                    if (random.nextInt(3) == 0) {
                        child.drainHook = true;
                        child.scope.onDrain(child.scope::closeWhenEmpty);
                    }
                    child.open = node.open;
                    if (node.draining) {
                        child.drain();
                    }
                }
                case 2, 3, 4 -> {
                    Resource resource = new Resource(++orders);
                    resource.late = node.isClosing();
                    node.items.add(resource);
                    resources.add(resource);
                    holds.add(scope
                            .own(why -> close(node, resource, slowClosers && random.nextBoolean() ? executors.get(1) : null)));
                }
                case 5 -> {
                    if (!holds.isEmpty()) {
                        int which = random.nextInt(holds.size());
                        resources.get(which).releasing = true;
                        holds.get(which).release();
                        world.runAll();
                        resources.get(which).released = true;
                    }
                }
                case 6 -> {
                    if (random.nextInt(4) == 0) {
                        scope.close(CloseReason.cancelled("close " + i));
                        node.close();
                    }
                }
                case 7 -> {
                    if (random.nextInt(4) == 0) {
                        long limit = 1L + random.nextInt(40);
                        scope.expireAfter(Duration.ofSeconds(limit));
                        node.deadline = Math.min(node.deadline, now + limit);
                    } else {
                        world.runAll();
                        world.advance(Duration.ofSeconds(5));
                        now += 5;
                        for (Node n : nodes) {
                            if (n.deadline <= now) {
                                n.close();
                            }
                        }
                    }
                }
                case 8 -> {
                    if (random.nextInt(6) == 0 && !slowClosers) {
                        scope.drain(Duration.ofDays(1));
                        node.closeWhenEmpty = true;
                        node.drain();
                        node.emptied();
                    }
                }
                default -> resources.stream().filter(r -> r.promise != null).forEach(r -> {
                    if (random.nextBoolean()) {
                        finish(r);
                    }
                });
            }
            if (!slowClosers) { // else what is open depends on what is slow
                world.runAll();
                for (Node n : nodes) {
                    assertThat(n.scope.isOpen()).as("%s at operation %d, seed %d", n.scope, i, seed).isEqualTo(n.open);
                    assertThat(n.scope.closed().isDone()).as("%s, seed %d", n.scope, seed).isEqualTo(!n.open);
                    assertThat(n.scope.children()).as("%s, seed %d", n.scope, seed).isEqualTo(n.openChildren().size());
                }
            } else if (random.nextBoolean()) {
                world.runOne();
            }
            checkGone(nodes);
        }
        root.scope.close(CloseReason.finished());
        for (int i = 0; i < 1000 && !nodes.stream().allMatch(Node::gone); i++) { // late ones may outlive the root
            world.runAll();
            resources.forEach(this::finish);
        }
        world.runAll();
        assertThat(nodes).as("seed %d", seed).allMatch(Node::gone);
        assertThat(nodes).as("seed %d", seed).allMatch(n -> n.scope.children() == 0);
        assertThat(resources).as("seed %d", seed).allMatch(r -> r.closes == 1 || r.released);
        checkGone(nodes);
    }

    private void finish(Resource resource) {
        Promise<Void> promise = resource.promise;
        if (promise != null) {
            promise.trySuccess(null);
        }
    }

    /** What a closer throws is only logged; so faults are gathered. */
    private void fault(boolean is, String what) {
        if (is) {
            faults.add(what);
        }
    }

    private @Nullable Promise<Void> close(Node node, Resource resource, SimulatedExecutors.@Nullable Executor slow) {
        resource.closes++;
        fault(resource.closes > 1, "closed twice");
        fault(resource.released, "closed after its release");
        fault(!node.scope.executor().inEventLoop(), "closed on another executor");
        for (Item item : node.items) {
            fault(!resource.late && item.order > resource.order && !item.late && !item.gone(), "something newer is still there");
        }
        if (slow == null) {
            resource.gone = true;
            return null;
        }
        Promise<Void> promise = slow.newPromise();
        resource.promise = promise;
        return promise;
    }

    /** What is closed has nothing left; and everything below was closed for a reason that the tree knows. */
    private void checkGone(List<Node> nodes) {
        assertThat(faults).as("seed %d", seed).isEmpty();
        for (Node node : nodes) {
            if (node.gone()) {
                assertThat(node.items).as("%s is closed before what it owns, seed %d", node.scope, seed)
                        .allMatch(i -> i.gone() || i.late);
            }
        }
    }
}
