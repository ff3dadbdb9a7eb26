/** How what is shared looks on the wire: ProtoStream messages. A field is added with a new number; none is ever used again. */
@NullMarked
package io.steamgate.state.schema;

import org.jspecify.annotations.NullMarked;
