package io.steamgate.mail.milter;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The protocol alone: what the filter is told, and what becomes of its answers. */
class MilterDialogueTest {
    private final List<String> sent = new ArrayList<>();
    private final MilterDialogue dialogue = new MilterDialogue(packet -> sent.add((char) packet[4]
            + new String(packet, 5, packet.length - 5, StandardCharsets.ISO_8859_1).replace('\0', '|')));

    private List<String> sent() {
        List<String> all = List.copyOf(sent);
        sent.clear();
        return all;
    }

    private List<String> hears(char command, String data) {
        dialogue.received(
                new MilterFrames.Packet(command, data.replace('|', '\0').getBytes(StandardCharsets.UTF_8)));
        return sent();
    }

    private List<String> negotiates(int version, int actions, int protocol) {
        byte[] data = ByteBuffer.allocate(12)
                .putInt(version)
                .putInt(actions)
                .putInt(protocol)
                .array();
        dialogue.received(new MilterFrames.Packet('O', data));
        return sent();
    }

    private void message() {
        dialogue.begin();
        dialogue.connect("192.0.2.2", 258, '4', "relay.test");
        dialogue.helo("client.test");
        dialogue.mail("<s@x.test>", "ID");
        dialogue.rcpt("<a@a.test>");
        dialogue.rcpt("<b@a.test>");
        dialogue.data("ID");
        dialogue.header("Subject", " hi\r\n\tthere");
        dialogue.endOfHeaders();
        dialogue.body("Hello\r\n".getBytes(StandardCharsets.UTF_8));
        dialogue.end("ID");
        assertThat(sent()).hasSize(1).first().asString().startsWith("O");
    }

    @Test
    void eachCommandWaitsForTheAnswerBeforeIt() {
        message();
        assertThat(negotiates(6, 0x11, 0))
                .containsExactly("DCj|relay.test|{client_addr}|192.0.2.2|", "C[192.0.2.2]|4\1\2" + "192.0.2.2|");
        assertThat(hears('c', "")).containsExactly("Hclient.test|");
        assertThat(hears('c', "")).containsExactly("DMi|ID|", "M<s@x.test>|");
        assertThat(hears('c', "")).containsExactly("R<a@a.test>|");
        assertThat(hears('c', "")).containsExactly("R<b@a.test>|");
        assertThat(hears('c', "")).containsExactly("DTi|ID|", "T");
        assertThat(hears('c', "")).containsExactly("LSubject|hi\n\tthere|");
        assertThat(hears('c', "")).containsExactly("N");
        assertThat(hears('c', "")).containsExactly("BHello\r\n");
        assertThat(hears('c', "")).containsExactly("DEi|ID|", "E");
        assertThat(hears('p', "")).isEmpty();
        hears('h', "X-Spam| no\n\tnot at all|");
        hears('i', "\0\0\0\1X-First|yes|");
        assertThat(dialogue.outcome()).isEmpty();
        hears('c', "");
        assertThat(dialogue.outcome())
                .contains(new MilterDialogue.Outcome.Passed("X-Spam: no\r\n\tnot at all\r\nX-First: yes\r\n"));
    }

    @Test
    void whatTheFilterDoesNotWantIsNotSaidAndWhatItDoesNotAnswerIsNotWaitedFor() {
        message();
        assertThat(negotiates(6, 0, 0x1 | 0x2 | 0x200 | 0x80 | 0x4000 | 0x8000 | 0x40000 | 0x80000 | 0x100000))
                .containsExactly(
                        "DMi|ID|",
                        "M<s@x.test>|",
                        "R<a@a.test>|",
                        "R<b@a.test>|",
                        "LSubject| hi\n\tthere|",
                        "N",
                        "BHello\r\n",
                        "DEi|ID|",
                        "E");
        assertThat(dialogue.isIdle()).isFalse();
        hears('a', "");
        assertThat(dialogue.outcome()).contains(new MilterDialogue.Outcome.Passed(""));
    }

    @Test
    void aFilterThatHasSeenEnoughGetsNoMoreBody() {
        message();
        negotiates(6, 0, 0x1 | 0x2 | 0x4 | 0x8 | 0x200 | 0x20 | 0x40);
        dialogue.body(new byte[] {'x'});
        assertThat(hears('s', "")).containsExactly("DEi|ID|", "E");
    }

    private String refusal(char command, String words) {
        MilterDialogue other = new MilterDialogue(_ -> {});
        other.received(
                new MilterFrames.Packet('O', ByteBuffer.allocate(12).putInt(6).array()));
        other.helo("client.test");
        other.received(new MilterFrames.Packet(command, words.replace('|', '\0').getBytes(StandardCharsets.UTF_8)));
        return switch (other.outcome().orElseThrow()) {
            case MilterDialogue.Outcome.Refused refused ->
                refused.reply().code() + " " + refused.reply().lines();
            case MilterDialogue.Outcome.Passed _ -> "passed";
            case MilterDialogue.Outcome.Failed failed -> "failed " + failed.why();
        };
    }

    @Test
    void refusalsHaveTheFiltersWordsWhereTheyAreGood() {
        assertThat(refusal('r', "")).startsWith("550 [5.7.1");
        assertThat(refusal('d', "")).as("nothing is thrown away").startsWith("550 [5.7.1");
        assertThat(refusal('q', "virus|")).as("nor laid aside").startsWith("550 [5.7.1");
        assertThat(refusal('t', "")).startsWith("451 [4.7.1");
        assertThat(refusal('y', "554 5.7.7 100%% spam|")).isEqualTo("554 [5.7.7 100% spam]");
        assertThat(refusal('y', "450 later|")).isEqualTo("451 [4.7.1 later]");
        assertThat(refusal('y', "421 4.7.0 away|")).isEqualTo("451 [4.7.1 4.7.0 away]");
        assertThat(refusal('y', "554-5.7.7 one\r\n554 5.7.7 two|")).isEqualTo("554 [5.7.7 one]");
        assertThat(refusal('y', "250 fine|")).startsWith("550");
        assertThat(refusal('y', "")).startsWith("550");
    }

    @Test
    void nonsenseIsAFailure() {
        assertThat(refusal('z', "")).isEqualTo("failed MALFORMED");
        assertThat(refusal('b', "another body")).as("was not offered").isEqualTo("failed MALFORMED");
        assertThat(refusal('h', "X|y|")).as("too early").isEqualTo("failed MALFORMED");
        for (int[] offer : new int[][] {{1, 0, 0}, {7, 0, 0}, {6, 0, 0x10000000}}) {
            MilterDialogue other = new MilterDialogue(_ -> {});
            other.received(new MilterFrames.Packet(
                    'O',
                    ByteBuffer.allocate(12)
                            .putInt(offer[0])
                            .putInt(offer[1])
                            .putInt(offer[2])
                            .array()));
            assertThat(other.outcome()).contains(new MilterDialogue.Outcome.Failed(MilterDialogue.Failure.MALFORMED));
        }
        MilterFrames frames = new MilterFrames();
        assertThat(frames.next(ByteBuffer.wrap(new byte[] {0x7F, 0, 0, 0, 'c'})))
                .isEmpty();
        assertThat(frames.isMalformed()).isTrue();
        assertThat(frames.isOversized()).isTrue();
    }

    @Test
    void eachAnswerHasItsStage() {
        assertThat(dialogue.stage()).isEqualTo(MilterDialogue.Stage.CONNECT);
        message();
        StringBuilder stages = new StringBuilder();
        negotiates(6, 0, 0);
        while (dialogue.outcome().isEmpty()) {
            stages.append(dialogue.asked()).append(dialogue.stage()).append(' ');
            hears('c', "");
        }
        assertThat(stages.toString())
                .isEqualTo(
                        "1COMMAND 2COMMAND 3COMMAND 4COMMAND 5COMMAND 6COMMAND 7CONTENT 8CONTENT 9CONTENT 10CONTENT ");
    }

    @Test
    void changesAreBoundedWhetherOrNotTheyAreMade() {
        for (String change : List.of("h X|y|", "m \0\0\0\1X|y|", "h X|" + "y".repeat(900) + "|")) {
            MilterDialogue other = new MilterDialogue(_ -> {});
            other.received(new MilterFrames.Packet(
                    'O', ByteBuffer.allocate(12).putInt(6).putInt(0x11).array()));
            other.end("ID");
            byte[] data = change.substring(2).replace('|', '\0').getBytes(StandardCharsets.UTF_8);
            int heard = 0;
            while (other.outcome().isEmpty()) {
                other.received(new MilterFrames.Packet(change.charAt(0), data));
                heard++;
            }
            assertThat(other.outcome())
                    .contains(new MilterDialogue.Outcome.Failed(MilterDialogue.Failure.TOO_MANY_CHANGES));
            assertThat(heard).isEqualTo(change.length() > 900 ? 37 : 1001);
        }
    }

    @Test
    void fieldsThatWouldBreakTheMessageAreLeftOut() {
        message();
        negotiates(6, 0x1, 0x1 | 0x2 | 0x4 | 0x8 | 0x200 | 0x20 | 0x40 | 0x10);
        hears('h', "X-A|one\n\nbody|");
        hears('h', "X-B|one\nX-C: two|");
        hears('h', "X: D|one|");
        hears('h', ".X|one|");
        hears('h', "X-E|" + "x".repeat(999) + "|");
        hears('h', "X-F|a\rb|");
        hears('h', "X-G|good|");
        hears('c', "");
        assertThat(dialogue.outcome()).contains(new MilterDialogue.Outcome.Passed("X-G: good\r\n"));
    }

    @Test
    void packetsMayComeInAnyPieces() {
        MilterFrames frames = new MilterFrames();
        byte[] two = {0, 0, 0, 1, 'c', 0, 0, 0, 3, 'y', '5', '5'};
        StringBuilder seen = new StringBuilder();
        for (byte octet : two) {
            frames.next(ByteBuffer.wrap(new byte[] {octet}))
                    .ifPresent(p -> seen.append(p.command()).append(p.data().length));
        }
        assertThat(seen.toString()).isEqualTo("c0y2");
    }
}
