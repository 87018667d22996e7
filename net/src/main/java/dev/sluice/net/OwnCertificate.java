package dev.sluice.net;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A chain with the private key of its leaf. Immutable.
 *
 * @param chain leaf first
 * @param key never printed
 */
record OwnCertificate(List<X509Certificate> chain, PrivateKey key) {

    static OwnCertificate read(Path chainFile, Path keyFile) throws TlsConfigException {
        List<X509Certificate> chain = PemFiles.certificates(chainFile);
        PrivateKey key = PemFiles.key(keyFile);
        if (!belong(chain.getFirst(), key)) {
            throw new TlsConfigException(
                    "the private key in " + keyFile + " does not belong to the first certificate in " + chainFile,
                    null);
        }
        return new OwnCertificate(chain, key);
    }

    X509Certificate leaf() {
        return chain.getFirst();
    }

    private static boolean belong(X509Certificate leaf, PrivateKey key) {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm(); // Ed25519 and its like are named as their signatures
        };
        byte[] text = {'s', 'l', 'u', 'i', 'c', 'e'};
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(text);
            byte[] signed = signature.sign();
            signature.initVerify(leaf.getPublicKey());
            signature.update(text);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false; // a key of another kind than the certificate's
        }
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "certificate of " + leaf().getSubjectX500Principal();
    }
}
