package dev.sluice.proxy;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What is remembered of passwords that were tried: the right ones whose hash took long to compute, and the sources of wrong ones.
 * It outlives a {@link UserList}, so that a new configuration neither forgives a guesser nor makes every client pay once more.
 *
 * <p>Passwords are kept as digests under a key of this memory alone, together with the hash that they matched: a user whose hash
 * changes is unknown. Any thread.
 */
public final class LoginMemory {
    /** How long a right password is remembered. */
    static final Duration KEPT = Duration.ofMinutes(10);
    /** How many are remembered. */
    private static final int MOST_KEPT = 10_000;
    /** How many hashes may wait to be computed; beyond that, answers are no. */
    private static final int MOST_WAITING = 64;

    private final Executor hashing;
    private final SecretKeySpec key;
    private final AtomicInteger waiting = new AtomicInteger();
    private final WrongPasswords wrong = new WrongPasswords();
    private final AsyncCache<ByteBuffer, Boolean> right = Caffeine.newBuilder().maximumSize(MOST_KEPT).expireAfterWrite(KEPT)
            .executor(Runnable::run).buildAsync();

    /**
     * A memory without anything in it.
     *
     * @param hashing where hashes are computed, off the loops: tens of milliseconds of CPU each
     */
    public LoginMemory(Executor hashing) {
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        this.hashing = hashing;
        this.key = new SecretKeySpec(secret, "HmacSHA256");
    }

    WrongPasswords wrong() {
        return wrong;
    }

    /** A name with a password, as nobody can read it; no part may hold a NUL. */
    byte[] digest(String... parts) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            for (String part : parts) {
                mac.update(part.getBytes(StandardCharsets.UTF_8));
                mac.update((byte) 0);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    static boolean same(byte[] one, byte[] other) {
        return MessageDigest.isEqual(one, other);
    }

    /** The answer of {@code check} to the question {@code digest}: computed once for all who ask, and kept where it is yes. */
    CompletableFuture<Boolean> ask(byte[] digest, BooleanSupplier check) {
        ByteBuffer question = ByteBuffer.wrap(digest);
        CompletableFuture<Boolean> answer = right.get(question, (q, executor) -> compute(check));
        answer.whenComplete((yes, error) -> {
            if (error != null || !yes) {
                right.asMap().remove(question, answer);
            }
        });
        return answer;
    }

    private CompletableFuture<Boolean> compute(BooleanSupplier check) {
        if (waiting.incrementAndGet() > MOST_WAITING) {
            waiting.decrementAndGet();
            return CompletableFuture.completedFuture(false);
        }
        CompletableFuture<Boolean> computed = CompletableFuture.supplyAsync(check::getAsBoolean, hashing);
        computed.whenComplete((yes, error) -> waiting.decrementAndGet());
        return computed;
    }
}
