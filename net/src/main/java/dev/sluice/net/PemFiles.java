package dev.sluice.net;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMException;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

/** Reads certificates and keys as operators have them: PEM, in any order, PKCS#8, PKCS#1 or SEC1. Blocking; never on a loop. */
final class PemFiles {
    private PemFiles() {}

    /** All certificates of {@code file}, in its order; never empty. */
    static List<X509Certificate> certificates(Path file) throws TlsConfigException {
        List<X509Certificate> chain = new ArrayList<>();
        JcaX509CertificateConverter converter = new JcaX509CertificateConverter();
        for (Object item : objects(file)) {
            if (item instanceof X509CertificateHolder holder) {
                try {
                    chain.add(converter.getCertificate(holder));
                } catch (CertificateException e) {
                    throw new TlsConfigException(file + " holds a certificate that cannot be read: " + e.getMessage(), e);
                }
            }
        }
        if (chain.isEmpty()) {
            throw new TlsConfigException(file + " holds no certificate; PEM is expected (-----BEGIN CERTIFICATE-----)", null);
        }
        return chain;
    }

    /** The first private key of {@code file}. */
    static PrivateKey key(Path file) throws TlsConfigException {
        for (Object item : objects(file)) {
            PrivateKeyInfo info = switch (item) {
                case PrivateKeyInfo pkcs8 -> pkcs8;
                case PEMKeyPair pair -> pair.getPrivateKeyInfo();
                case PKCS8EncryptedPrivateKeyInfo encrypted -> throw encrypted(file);
                case PEMEncryptedKeyPair encrypted -> throw encrypted(file);
                default -> null;
            };
            if (info != null) {
                try {
                    return new JcaPEMKeyConverter().getPrivateKey(info);
                } catch (PEMException e) {
                    throw new TlsConfigException(file + " holds a private key of a kind that is not supported", null);
                }
            }
        }
        throw new TlsConfigException(file + " holds no private key; PEM is expected (-----BEGIN PRIVATE KEY-----)", null);
    }

    private static TlsConfigException encrypted(Path file) {
        return new TlsConfigException(file + " holds an encrypted private key; decrypt it first:"
                + " openssl pkey -in " + file + " -out decrypted.key", null);
    }

    private static List<Object> objects(Path file) throws TlsConfigException {
        List<Object> objects = new ArrayList<>();
        try (Reader text = Files.newBufferedReader(file); PEMParser parser = new PEMParser(text)) {
            for (Object item = parser.readObject(); item != null; item = parser.readObject()) {
                objects.add(item);
            }
            return objects;
        } catch (NoSuchFileException e) {
            throw new TlsConfigException(file + " does not exist", e);
        } catch (AccessDeniedException e) {
            throw new TlsConfigException(file + " cannot be read: permission denied", e);
        } catch (MalformedInputException e) {
            throw new TlsConfigException(file + " is not text; PEM is expected, not DER", e);
        } catch (PEMException e) {
            // Its words may quote the content, which may be a key.
            throw new TlsConfigException(file + " is not valid PEM", null);
        } catch (IOException e) {
            throw new TlsConfigException(file + " cannot be read: " + e.getClass().getSimpleName(), null);
        }
    }
}
