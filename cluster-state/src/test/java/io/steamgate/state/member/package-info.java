@NullMarked
package io.steamgate.state.member;

import org.jspecify.annotations.NullMarked;
