package io.steamgate.edge.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steamgate.edge.link.FaultSettings.Faults;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FaultSettingsTest {
    @Test
    void a_name_counts_both_ways() {
        Faults both = new Faults(0.01, 0.005, 0.02, 0.001, 100_000_000, 5_000_000);
        assertThat(FaultSettings.parse("loss=1%,duplicate=0.5%, reorder=2%,corrupt=0.001,rate=100M,delay=5ms,seed=7"))
                .isEqualTo(new FaultSettings(both, both, 7));
    }

    @Test
    void a_direction_before_the_name_counts_one_way_and_the_later_item_wins() {
        FaultSettings settings = FaultSettings.parse("loss=1%,receive.loss=0,transmit.rate=1.5k,transmit.delay=20us");
        assertThat(settings.receive()).isEqualTo(Faults.NONE);
        assertThat(settings.transmit()).isEqualTo(new Faults(0.01, 0, 0, 0, 1_500, 20_000));
    }

    @Test
    void nothing_is_nothing() {
        assertThat(FaultSettings.parse("").none()).isTrue();
        assertThat(FaultSettings.parse("seed=3").none()).isTrue();
        assertThat(FaultSettings.parse("corrupt=1%").none()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "loss",
                "loss=",
                "loss=101%",
                "loss=-1%",
                "loss=NaN",
                "los=1%",
                "rate=fast",
                "rate=-1",
                "rate=0.1",
                "rate=99999999999G",
                "delay=5",
                "delay=5min",
                "seed=x",
                "receive.seed=1",
                "=1"
            })
    void a_wrong_item_is_named(String text) {
        assertThatThrownBy(() -> FaultSettings.parse("duplicate=1%," + text))
                .isInstanceOf(LinkException.class)
                .hasMessageStartingWith("link fault '" + text + "'");
    }
}
