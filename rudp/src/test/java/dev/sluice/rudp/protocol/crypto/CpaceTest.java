package dev.sluice.rudp.protocol.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the vectors of draft-irtf-cfrg-cpace, appendix B.1. */
class CpaceTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final byte[] SID = HEX.parseHex("7e4b4791d6a8ef019b936c79fb7f2c57");
    private static final byte[] CHANNEL = "\nAinitiator\nBresponder".getBytes(UTF_8);
    private static final PublicKey GENERATOR = PublicKey
            .of(HEX.parseHex("4e6098733061c0e8486611a904fe5edb049804d26130a44131a6229e55c5c321"));

    @Test
    void mapsThePasswordToThePoint() {
        assertThat(Cpace.generator("Password".getBytes(UTF_8), CHANNEL, SID)).isEqualTo(GENERATOR);
    }

    @Test
    void bothSidesHaveTheKeyOfTheVector() throws Exception {
        Cpace a = new Cpace(GENERATOR, key("45acf93116ae5d3dae995a7c627df2924321a8e857d9a200807131e38839b0c2"));
        Cpace b = new Cpace(GENERATOR, key("a145e914b347002d298ce2051394f0ed68cf3623dfe5db082c78ffa5a667acdc"));
        assertThat(HEX.formatHex(a.share().bytes()))
                .isEqualTo("6f7fd31863b18b0cc9830fc842c60dea80120ccf2fd375498225e45a52065361");
        assertThat(HEX.formatHex(b.share().bytes()))
                .isEqualTo("e1b730a4956c0f853d96c5d125cebeeea46952c07c6f66da65bd9ffd2f71a462");
        byte[] ada = "ADa".getBytes(UTF_8);
        byte[] adb = "ADb".getBytes(UTF_8);
        byte[] key = a.key(b.share(), true, SID, ada, adb);
        assertThat(HEX.formatHex(key)).isEqualTo("99a9e0ff35acb94ad8af1cd6b32ac409dc7d00557ccd9a7d19d3b4629e5f1f08"
                + "4f9332096162438c7ecc78331b4eda17e1a229a47182eccc9ea58cd9cdcd8e9a");
        assertThat(b.key(a.share(), false, SID, ada, adb)).isEqualTo(key);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"})
    void refusesPointsOfSmallOrder(String point) {
        X25519 scalar = key("af46e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449aff");
        assertThatThrownBy(() -> scalar.agree(PublicKey.of(HEX.parseHex(point)))).isInstanceOf(HandshakeException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "daffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff:d8e2c776bbacd510d09fd9278b7edcd25fc5ae9adfba3b6e040e8d3b71b21806",
            "dbffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff:c85c655ebe8be44ba9c0ffde69f2fe10194458d137f09bbff725ce58803cdb38",
            "4c9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7:993c6ad11c4c29da9a56f7691fd0ff8d732e49de6250b6c2e80003ff4629a175"})
    void ignoresTheHighestBitOfACoordinate(String pair) throws Exception {
        X25519 scalar = key("af46e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449aff");
        byte[] shared = scalar.agree(PublicKey.of(HEX.parseHex(pair.substring(0, 64))));
        assertThat(HEX.formatHex(shared)).isEqualTo(pair.substring(65));
    }

    private static X25519 key(String hex) {
        return X25519.of(HEX.parseHex(hex));
    }
}
