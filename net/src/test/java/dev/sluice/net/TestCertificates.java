package dev.sluice.net;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaMiscPEMGenerator;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObjectGenerator;
import org.bouncycastle.util.io.pem.PemWriter;

/** An authority of its own for tests, and certificates of it. */
final class TestCertificates {
    private static final AtomicLong SERIAL = new AtomicLong(1);

    private final KeyPair authorityKey = newKey();
    private final X500Name authorityName = new X500Name("CN=Test Authority");
    private final X509Certificate authority;

    /**
     * A leaf.
     *
     * @param certificate issued by the authority
     * @param key its key
     */
    record Leaf(X509Certificate certificate, KeyPair key) {
        Path writeChain(Path file) {
            return write(file, new PemObject(certificate));
        }

        Path writeEncryptedKey(Path file) {
            try {
                String scheme = "PBEWithMD5AndDES";
                Cipher cipher = Cipher.getInstance(scheme);
                cipher.init(Cipher.ENCRYPT_MODE,
                        SecretKeyFactory.getInstance(scheme).generateSecret(new PBEKeySpec("password".toCharArray())),
                        new PBEParameterSpec(new byte[8], 10));
                byte[] encrypted = new EncryptedPrivateKeyInfo(cipher.getParameters(),
                        cipher.doFinal(key.getPrivate().getEncoded()))
                        .getEncoded();
                String text = Base64.getMimeEncoder(64, new byte[]{'\n'}).encodeToString(encrypted);
                return Files.writeString(file,
                        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + text + "\n-----END ENCRYPTED PRIVATE KEY-----\n");
            } catch (IOException | GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        Path writeKey(Path file) {
            return write(file, new PemObject(key));
        }
    }

    private record PemObject(Object what) {}

    TestCertificates() {
        authority = issue(authorityName, authorityKey, Instant.now(), true);
    }

    Path writeAuthority(Path file) {
        return write(file, new PemObject(authority));
    }

    /** For a name or an address, valid now. */
    Leaf leaf(GeneralName... names) {
        return leaf(Instant.now(), names);
    }

    /** Valid for a day from a day before {@code around}. */
    Leaf leaf(Instant around, GeneralName... names) {
        KeyPair key = newKey();
        return new Leaf(issue(new X500Name("CN=leaf"), key, around, false, names), key);
    }

    static GeneralName dns(String name) {
        return new GeneralName(GeneralName.dNSName, name);
    }

    static GeneralName ip(String address) {
        return new GeneralName(GeneralName.iPAddress, address);
    }

    private X509Certificate issue(X500Name subject, KeyPair key, Instant around, boolean isAuthority, GeneralName... names) {
        try {
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(authorityName,
                    BigInteger.valueOf(SERIAL.getAndIncrement()), Date.from(around.minus(Duration.ofDays(1))),
                    Date.from(around.plus(Duration.ofDays(1))), subject, key.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
            if (names.length > 0) {
                builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
            }
            return new JcaX509CertificateConverter().getCertificate(
                    builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(authorityKey.getPrivate())));
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair newKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path write(Path file, PemObject object) {
        StringWriter text = new StringWriter();
        try (PemWriter pem = new PemWriter(text)) {
            PemObjectGenerator generator = object.what() instanceof KeyPair key
                    ? new JcaPKCS8Generator(key.getPrivate(), null)
                    : new JcaMiscPEMGenerator(object.what());
            pem.writeObject(generator);
            pem.flush();
            return Files.writeString(file, text.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
