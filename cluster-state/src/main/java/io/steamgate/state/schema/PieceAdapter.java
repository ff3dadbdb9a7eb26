package io.steamgate.state.schema;

import io.steamgate.state.store.Piece;
import org.infinispan.protostream.annotations.ProtoAdapter;
import org.infinispan.protostream.annotations.ProtoFactory;
import org.infinispan.protostream.annotations.ProtoField;
import org.jspecify.annotations.Nullable;

@ProtoAdapter(Piece.class)
final class PieceAdapter {
    @ProtoFactory
    Piece create(@Nullable String value, @Nullable ValidityMessage validity) {
        return new Piece(Wire.text(value), ValidityMessage.validity(validity));
    }

    @ProtoField(1)
    String getValue(Piece piece) {
        return piece.value();
    }

    @ProtoField(2)
    ValidityMessage getValidity(Piece piece) {
        return ValidityMessage.of(piece.validity());
    }
}
