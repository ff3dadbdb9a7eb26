// SPDX-License-Identifier: Apache-2.0
//
// The kernel data path: packets of spliced flows, translated and sent on where the driver has put them.
//
// Two programs look at each IPv4 packet of TCP and UDP and come to the same conclusion by the same function, match(): the filter of
// the edge's packet socket, so that a packet which the kernel will forward is not copied to the edge, and the classifier
// at the interface's ingress, behind the packet socket, which forwards it. Whatever either of them is not sure about is
// the edge's.
//
// A flow is two splices, one each way. A hash map leads from the packet to the number of its splice; the splice itself
// lies in an array that the edge has mapped into its memory. The edge changes a splice in place under a generation that is
// odd meanwhile; and as an element of the hash map may be used for another flow while it is being read, a splice says
// which packets it is for. Layouts: io.steamgate.edge.link.SpliceTable.
//
// They also answer the SYNs of clients that speak first, where the edge has opened a door for them, by the very cookies that
// the edge's own TCP makes (io.steamgate.edge.tcp.SynCookies), and keep from it the acknowledgments that bring them back: the
// edge first hears of such a connection when its client says something, and of a flood of SYNs it hears nothing. See
// answerable() and silent(); layouts: io.steamgate.edge.link.SynAnswers.
//
// Splices of UDP lie in the same array, but are found by a map of their own: no flood of datagrams takes the room of a
// connection. Which of them is used least is the edge's to judge (a map of the kernel's LRU kind forgets without saying so,
// and with an element would go its counts and its port).
//
// Built by native/bpf, which explains the compiler's version; no header of libbpf is needed.

#include <linux/bpf.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;

#define SECTION(name) __attribute__((section(name), used))
#define INLINE static inline __attribute__((always_inline))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define READ(field) (*(const volatile typeof(field) *)&(field))

// Helpers by their number (include/uapi/linux/bpf.h); none is reserved to GPL programs.
static void *(*const map_lookup)(void *map, const void *key) = (void *)1;
static long (*const store_bytes)(struct __sk_buff *skb, u32 offset, const void *from, u32 length, u64 flags) = (void *)9;
static long (*const l4_csum_replace)(struct __sk_buff *skb, u32 offset, u64 from, u64 to, u64 flags) = (void *)11;
static long (*const redirect)(u32 ifindex, u64 flags) = (void *)23;
static long (*const load_bytes)(const struct __sk_buff *skb, u32 offset, void *to, u32 length) = (void *)26;
static u64 (*const coarse_nanos)(void) = (void *)160;

#define TC_ACT_UNSPEC (-1)
#define TC_ACT_SHOT 2
#define PACKET_HOST 0
#define PACKET_OTHERHOST 3
#define TO_THE_EDGE 0x40000

#define SWAP16(x) __builtin_bswap16(x)
#define SWAP32(x) __builtin_bswap32(x)
#define ETHERNET 14
#define IPV4_TYPE SWAP16(0x0800)
#define ARP_TYPE SWAP16(0x0806)
#define TCP 6
#define UDP 17
#define UDP_HEADER 8
#define UDP_CHECKSUM_AT (ETHERNET + 20 + 6)
#define TCP_AT (ETHERNET + 20)
#define OPTIONS_AT (TCP_AT + 20)
#define CHECKSUM_AT (TCP_AT + 16)
#define FIN 1
#define SYN 2
#define RST 4
#define ACK 16
#define EVERY_FLAG 0x3F // but those of ECN

// What the edge defines as maps when it loads this object; the loader replaces references to these by descriptors.
u64 flows SECTION("maps");     // hash of TCP: struct key -> u32 number of the splice
u64 datagrams SECTION("maps"); // hash of UDP: the same
u64 splices SECTION("maps");   // array, mapped: struct splice
u64 neighbors SECTION("maps"); // array, mapped: struct neighbor
u64 ends SECTION("maps");      // array, mapped: u64 ring of splices that have seen a FIN, see report_end()
u64 control SECTION("maps");   // array, mapped, of one: struct control
u64 doors SECTION("maps");     // hash: struct door_key -> struct door
u64 claims SECTION("maps");    // array, mapped: u64 how many connections the edge has whose four-tuple is here, see claimed()
u64 cookies SECTION("maps");   // array, mapped, of one: struct cookies

struct key {
	u32 source, destination;
	u16 source_port, destination_port;
};

#define FOLLOWED 1 // heads of messages are the edge's: see match()
#define ALL_TO_EDGE 2

struct splice {
	u32 generation;
	// Network order from here ...
	struct key key;
	struct key becomes;
	// ... to here.
	u32 seq_delta, ack_delta, tsval_delta, tsecr_delta;
	u32 follow_at; // of a followed flow: packets that end behind it are the edge's
	u16 neighbor;
	u8 flags;
	signed char window_shift;
	u64 unused;
	// From here on written by the program only: a cache line of its own.
	u64 packets, bytes;
	u64 last_seen; // CLOCK_MONOTONIC, coarse, nanoseconds
	u32 tsval;     // the last one sent on
	u32 ended;     // 1 after a FIN has passed
	u32 highest;   // of a followed flow: end of the highest payload passed, as its sender numbers it
	u32 ack;       // of a followed flow: the last acknowledgment and window passed, as their sender says them
	u32 window;
	u32 acks;      // changes with ack and window
	u64 unused2;
};

struct neighbor {
	u32 generation;
	u32 ifindex;
	u8 macs[12]; // destination, source
	u16 mtu;     // 0: not known now
	u16 unused;
	u64 unused2; // the edge's
};

struct control {
	u64 ended; // how many entries were written to the ring
	u64 unused;
};

#define ENDS 65536

struct door_key {
	u32 address; // network order
	u16 port;    // network order
	u16 unused;
};

// What a SYN-ACK promises, host order.
struct door {
	u16 mss, window;
	u8 window_scale, unused[3];
};

struct cookies {
	u64 cookie_key[2], timestamp_key[2]; // of SipHash
	u64 until; // of the kernel's clock: no longer than that the edge is known to live
	u64 answered;
	u32 tick;   // of cookies
	u32 millis; // of the timestamps' clock
	u64 claim_key;
};

#define CLAIM_BITS 17

struct headers {
	u8 macs[12];
	u16 type;
	// Every word is aligned to two bytes only, so fields of four are read as two.
	u8 version, service;
	u16 total, id, fragment;
	u8 ttl, protocol;
	u16 ip_checksum;
	u16 addresses[4];
	u16 source_port, destination_port;
	// Of UDP from here on: length, checksum, payload.
	u16 seq[2], ack[2];
	u8 offset, flags;
	u16 window, checksum, urgent;
} __attribute__((packed, aligned(2)));

struct match {
	u32 number;
	struct splice *splice;
	u32 udp;
	u32 header; // length of the TCP or UDP header
	u32 total;  // of the IPv4 packet
	u32 payload;
	u32 ifindex;
	struct key becomes;
	u32 seq_delta, ack_delta, tsval_delta, tsecr_delta;
	int window_shift;
	u32 flags;
	u8 macs[12];
	u32 timestamps[3]; // the option, where there is one, with the NOPs before it
	u32 has_timestamps;
	u32 sack_at;    // offset of its first edge
	u32 sack_bytes; // 0 without
};

INLINE u32 word(const u16 *halves) // in network order, as it lies there
{
	return halves[0] | (u32)halves[1] << 16;
}

INLINE void put_word(u16 *halves, u32 value)
{
	halves[0] = value;
	halves[1] = value >> 16;
}

// Options as every common stack lays them out: timestamps behind two NOPs, then SACK behind two NOPs, either alone, or none
// at all. False for any other layout.
#define TIMESTAMPS SWAP32(0x0101080A)
#define SACK SWAP32(0x01010500) // and its length in the last byte
#define MOST_SACK_BYTES 32

INLINE int read_options(struct __sk_buff *skb, struct match *m)
{
	u32 at = 20;
	m->has_timestamps = 0;
	m->sack_bytes = 0;
	if (m->header == 20)
		return 1;
	if (m->header < 32 || load_bytes(skb, OPTIONS_AT, m->timestamps, 12))
		return 0;
	u32 first = m->timestamps[0];
	if (first == TIMESTAMPS) {
		m->has_timestamps = 1;
		if (m->header == 32)
			return 1;
		at = 32;
		if (m->header < 44 || load_bytes(skb, TCP_AT + 32, &first, 4))
			return 0;
	}
	u32 edges = m->header - at - 4;
	if (edges > MOST_SACK_BYTES || edges & 7 || first != (SACK | (edges + 2) << 24))
		return 0;
	m->sack_at = TCP_AT + at + 4;
	m->sack_bytes = edges;
	return 1;
}

// Whether the kernel may forward this packet, and as what. False leaves it to the edge.
INLINE int match(struct __sk_buff *skb, struct headers *h, struct match *m)
{
	if (skb->protocol != IPV4_TYPE || skb->vlan_present || skb->pkt_type != PACKET_HOST)
		return 0;
	if (load_bytes(skb, 0, h, sizeof *h))
		return 0;
	// Options of IP, fragments, what expires here, what opens or breaks a connection: the edge knows what to do.
	if (h->version != 0x45 || h->fragment & SWAP16(0x3FFF) || h->ttl <= 1)
		return 0;
	m->total = SWAP16(h->total);
	if (m->total + ETHERNET > skb->len)
		return 0;
	m->udp = h->protocol == UDP;
	if (m->udp) {
		// Datagrams of less than twelve octets have ended the loading above: they are the edge's too.
		m->header = UDP_HEADER;
		m->has_timestamps = 0;
		m->sack_bytes = 0;
		if (SWAP16(h->seq[0]) != m->total - 20)
			return 0;
	} else {
		if (h->protocol != TCP || h->flags & (SYN | RST))
			return 0;
		m->header = (h->offset >> 4) * 4;
		if (m->header < 20 || m->total < 20 + m->header)
			return 0;
		if (!read_options(skb, m))
			return 0;
	}
	m->payload = m->total - 20 - m->header;

	struct key key = {
		.source = word(h->addresses),
		.destination = word(h->addresses + 2),
		.source_port = h->source_port,
		.destination_port = h->destination_port,
	};
	u32 *number;
	if (m->udp)
		number = map_lookup(&datagrams, &key);
	else
		number = map_lookup(&flows, &key);
	if (!number)
		return 0;
	m->number = *number;
	struct splice *s = map_lookup(&splices, &m->number);
	if (!s)
		return 0;
	m->splice = s;
	u32 generation = READ(s->generation);
	if (generation & 1 || READ(s->key.source) != key.source || READ(s->key.destination) != key.destination
	    || READ(s->key.source_port) != key.source_port || READ(s->key.destination_port) != key.destination_port)
		return 0;
	m->becomes.source = READ(s->becomes.source);
	m->becomes.destination = READ(s->becomes.destination);
	m->becomes.source_port = READ(s->becomes.source_port);
	m->becomes.destination_port = READ(s->becomes.destination_port);
	m->seq_delta = READ(s->seq_delta);
	m->ack_delta = READ(s->ack_delta);
	m->tsval_delta = READ(s->tsval_delta);
	m->tsecr_delta = READ(s->tsecr_delta);
	m->window_shift = READ(s->window_shift);
	m->flags = READ(s->flags);
	u32 follow_at = READ(s->follow_at);
	u32 at = READ(s->neighbor);
	if (READ(s->generation) != generation)
		return 0;
	if (m->flags) {
		if (m->flags & ALL_TO_EDGE || m->udp || h->flags & FIN)
			return 0;
		u32 end = SWAP32(word(h->seq)) + m->payload;
		if (m->payload && (int)(end - follow_at) > 0)
			return 0;
	}

	struct neighbor *n = map_lookup(&neighbors, &at);
	if (!n)
		return 0;
	generation = READ(n->generation);
	m->ifindex = READ(n->ifindex);
	u32 mtu = READ(n->mtu);
	for (int i = 0; i < 12; i += 4)
		*(u32 *)(m->macs + i) = READ(*(u32 *)(n->macs + i));
	if (generation & 1 || READ(n->generation) != generation || !mtu)
		return 0;
	u32 largest = skb->gso_size ? 20 + m->header + skb->gso_size : m->total;
	return largest <= mtu;
}

// One's complement sums of words as they lie in memory: RFC 1071 section 2(B), RFC 1624.
INLINE u64 difference(u32 from, u32 to)
{
	return (u64)(u32)~from + to;
}

INLINE u32 fold32(u64 sum)
{
	sum = (sum & 0xFFFFFFFF) + (sum >> 32);
	return (sum & 0xFFFFFFFF) + (sum >> 32);
}

INLINE u32 fold16(u64 sum)
{
	u32 half = fold32(sum);
	half = (half & 0xFFFF) + (half >> 16);
	return (half & 0xFFFF) + (half >> 16);
}

INLINE u32 plus(u32 network, u32 delta)
{
	return SWAP32(SWAP32(network) + delta);
}

// Shifts the edges of SACK blocks (RFC 2018), which are acknowledgments too.
INLINE u64 shift_sack(struct __sk_buff *skb, const struct match *m)
{
	u32 edges[MOST_SACK_BYTES / 4] = {}; // without CAP_PERFMON nothing may be read that was not written
	u64 sum = 0;
	u32 length = m->sack_bytes;
	if (length < 8 || length > MOST_SACK_BYTES || load_bytes(skb, m->sack_at, edges, length))
		return 0;
#pragma unroll
	for (u32 i = 0; i < MOST_SACK_BYTES / 4; i++) {
		if (i * 4 >= length)
			break;
		u32 edge = plus(edges[i], m->ack_delta);
		sum += difference(edges[i], edge);
		edges[i] = edge;
	}
	store_bytes(skb, m->sack_at, edges, length, 0);
	return sum;
}

// Tells the edge that a splice has seen a FIN. An entry carries its own place, so that the edge does not take one that
// is reserved but not yet written for this one.
INLINE void report_end(u32 number)
{
	u32 zero = 0;
	struct control *c = map_lookup(&control, &zero);
	if (!c)
		return;
	u32 place = __sync_fetch_and_add(&c->ended, 1);
	u32 slot = place & (ENDS - 1);
	u64 *entry = map_lookup(&ends, &slot);
	if (entry)
		*(volatile u64 *)entry = (u64)number << 32 | (u32)(place + 1);
}

// Where a packet comes from and goes to, if that is a door.
struct entrance {
	struct door *door;
	struct cookies *cookies;
	u64 addresses; // the edge's and the client's, host order
	u32 ports;     // the same
};

struct answer {
	struct entrance in;
	u32 mss_index;
	u32 options[5];
};

// The options of a SYN as Linux and Android send them; the SYN-ACK has the same in the same places.
#define MSS_OPTION 0x0204
#define SACK_PERMITTED_AND_TIMESTAMPS SWAP32(0x0402080A)
#define WINDOW_SCALE SWAP32(0x01030300) // and the shift in the last byte
#define MOST_WINDOW_SCALE 14
#define SYN_HEADER 40

// The sizes that a cookie can say. A client of any other is the edge's, which need not round it down.
INLINE u32 index_of_mss(u32 mss)
{
	switch (mss) {
	case 536: return 2;
	case 1220: return 4;
	case 1440: return 5;
	case 1460: return 6;
	case 8960: return 7;
	}
	return 0;
}

// Whether the edge may have something of this four-tuple. Others with the same hash make it say yes too often, never no; which
// these are nobody outside knows, or a flood could choose to be the edge's.
INLINE int claimed(const struct cookies *c, u32 client, u32 vip, u32 ports)
{
	u64 hash = (((u64)client << 32 | ports) ^ READ(c->claim_key)) * 0x9E3779B97F4A7C15ULL ^ (u64)vip * 0xD6E8FEB86659FD93ULL;
	hash = (hash ^ hash >> 32) * 0xD6E8FEB86659FD93ULL;
	u32 at = hash >> (64 - CLAIM_BITS);
	u64 *count = map_lookup(&claims, &at);
	return !count || *(volatile u64 *)count;
}

// Whether the edge lives, lets clients in here, and has nothing of this one.
INLINE int at_door(const struct headers *h, struct entrance *in)
{
	struct key key = {
		.source = word(h->addresses),
		.destination = word(h->addresses + 2),
		.source_port = h->source_port,
		.destination_port = h->destination_port,
	};
	struct door_key at = { .address = key.destination, .port = key.destination_port };
	in->door = map_lookup(&doors, &at);
	if (!in->door)
		return 0;
	u32 zero = 0;
	in->cookies = map_lookup(&cookies, &zero);
	if (!in->cookies || coarse_nanos() >= READ(in->cookies->until))
		return 0;
	u32 client = SWAP32(key.source), vip = SWAP32(key.destination);
	// No host has an address of these: 0/8, 127/8, and from 224/4 on.
	if (client >> 24 == 0 || client >> 24 == 127 || client >> 28 >= 14 || client == vip || !key.source_port)
		return 0;
	in->addresses = (u64)vip << 32 | client;
	in->ports = (u32)SWAP16(key.destination_port) << 16 | SWAP16(key.source_port);
	return !map_lookup(&flows, &key) && !claimed(in->cookies, client, vip, in->ports);
}

// Headers of TCP in a whole IPv4 packet without options.
INLINE int load_tcp(struct __sk_buff *skb, struct headers *h)
{
	return skb->protocol == IPV4_TYPE && !skb->vlan_present && skb->pkt_type == PACKET_HOST && !skb->gso_size
		&& !load_bytes(skb, 0, h, sizeof *h) && h->version == 0x45 && !(h->fragment & SWAP16(0x3FFF))
		&& h->protocol == TCP;
}

// Whether this is a SYN that is answered here.
INLINE int answerable(struct __sk_buff *skb, struct headers *h, struct answer *a)
{
	// Without data: what fast open sends is the edge's to ignore.
	if (!load_tcp(skb, h) || (h->flags & EVERY_FLAG) != SYN || h->offset >> 4 != SYN_HEADER / 4
	    || h->total != SWAP16(20 + SYN_HEADER) || skb->len < TCP_AT + SYN_HEADER
	    || load_bytes(skb, OPTIONS_AT, a->options, sizeof a->options))
		return 0;
	u32 mss = SWAP32(a->options[0]);
	a->mss_index = index_of_mss(mss & 0xFFFF);
	if (mss >> 16 != MSS_OPTION || !a->mss_index || a->options[1] != SACK_PERMITTED_AND_TIMESTAMPS
	    || (a->options[4] & SWAP32(0xFFFFFF00)) != WINDOW_SCALE || SWAP32(a->options[4]) % 256 > MOST_WINDOW_SCALE)
		return 0;
	return at_door(h, &a->in);
}

#define ROTATED(x, bits) ((x) << (bits) | (x) >> (64 - (bits)))
#define SIP_ROUND                                                                                                  \
	v0 += v1, v1 = ROTATED(v1, 13) ^ v0, v0 = ROTATED(v0, 32), v2 += v3, v3 = ROTATED(v3, 16) ^ v2,                  \
	v0 += v3, v3 = ROTATED(v3, 21) ^ v0, v2 += v1, v1 = ROTATED(v1, 17) ^ v2, v2 = ROTATED(v2, 32)

// SipHash-2-4 of three words (Aumasson, Bernstein 2012).
INLINE u64 sip_hash(const u64 *key, u64 a, u64 b, u64 c)
{
	u64 k0 = READ(key[0]), k1 = READ(key[1]);
	u64 v0 = k0 ^ 0x736f6d6570736575ULL, v1 = k1 ^ 0x646f72616e646f6dULL;
	u64 v2 = k0 ^ 0x6c7967656e657261ULL, v3 = k1 ^ 0x7465646279746573ULL;
	const u64 words[4] = { a, b, c, 24ULL << 56 };
#pragma unroll
	for (int i = 0; i < 4; i++) {
		v3 ^= words[i];
		SIP_ROUND;
		SIP_ROUND;
		v0 ^= words[i];
	}
	v2 ^= 0xFF;
	SIP_ROUND;
	SIP_ROUND;
	SIP_ROUND;
	SIP_ROUND;
	return v0 ^ v1 ^ v2 ^ v3;
}

#define FOR_TUPLE (1 << 8)
#define FOR_BEGINNING (2 << 8)
#define TIMESTAMP_BITS 9
#define LIFE 64

// SynCookies.ofTuple().
INLINE u32 cookie_of_tuple(const struct entrance *in, u32 said)
{
	return sip_hash(in->cookies->cookie_key, in->addresses, in->ports, said | FOR_TUPLE) & 0x3FFF;
}

// Whether this is a client's acknowledgment of our SYN, and nothing else: what it says next brings the cookie again.
INLINE int silent(struct __sk_buff *skb, struct headers *h)
{
	if (!load_tcp(skb, h) || (h->flags & EVERY_FLAG) != ACK || SWAP16(h->total) != 20 + (h->offset >> 4) * 4)
		return 0;
	struct entrance in;
	if (!at_door(h, &in))
		return 0;
	u32 cookie = SWAP32(word(h->ack)) - 1;
	u32 said = cookie >> 24;
	return ((READ(in.cookies->tick) - (said >> 3)) & 31) <= 1 && cookie_of_tuple(&in, said) == (cookie & 0x3FFF);
}

// Turns a SYN into its SYN-ACK and sends it back to where it came from. As SynCookies.make() and .timestamp() do it.
INLINE int answer(struct __sk_buff *skb, struct headers *h, struct answer *a)
{
	struct cookies *c = a->in.cookies;
	u64 addresses = a->in.addresses;
	u32 ports = a->in.ports;
	u32 irs = SWAP32(word(h->seq));

	u32 tick = READ(c->tick) & 31;
	u32 said = tick << 3 | a->mss_index;
	u32 of_tuple = cookie_of_tuple(&a->in, said);
	u32 of_beginning = sip_hash(c->cookie_key, addresses, (u64)irs << 32 | ports, said | FOR_BEGINNING);
	u32 cookie = said << 24 | (of_beginning & 0x3FF) << 14 | of_tuple;

	u32 stamp = READ(c->millis) + (u32)sip_hash(c->timestamp_key, addresses, ports, 2);
	u32 client_scale = SWAP32(a->options[4]) & 15;
	u32 scale = READ(a->in.door->window_scale) & 15;
	u32 stamped = (stamp & -(1 << TIMESTAMP_BITS)) | client_scale | 1 << 4 | scale << 5;
	if ((int)(stamped - stamp) > 0)
		stamped -= 1 << TIMESTAMP_BITS;

	u32 options[5] = {
		SWAP32(MSS_OPTION << 16 | READ(a->in.door->mss)),
		SACK_PERMITTED_AND_TIMESTAMPS,
		SWAP32(stamped),
		a->options[2],
		WINDOW_SCALE | scale << 24,
	};
	u64 sum = difference(a->options[0], options[0]) + difference(a->options[2], options[2])
		+ difference(a->options[3], options[3]) + difference(a->options[4], options[4]);
	u32 seq = SWAP32(cookie), ack = SWAP32(irs + 1);
	sum += difference(word(h->seq), seq) + difference(word(h->ack), ack);
	put_word(h->seq, seq);
	put_word(h->ack, ack);
	u16 from = h->offset | (u16)h->flags << 8;
	h->offset = SYN_HEADER / 4 << 4;
	h->flags = SYN | ACK;
	u16 to = h->offset | (u16)h->flags << 8;
	sum += (u64)(u16)~from + to;
	u16 window = SWAP16(READ(a->in.door->window));
	sum += (u64)(u16)~h->window + window;
	h->window = window;

	// Ends exchanged: no sum is another by that.
	u32 client = word(h->addresses);
	put_word(h->addresses, word(h->addresses + 2));
	put_word(h->addresses + 2, client);
	u16 port = h->source_port;
	h->source_port = h->destination_port;
	h->destination_port = port;
#pragma unroll
	for (int i = 0; i < 6; i++) {
		u8 byte = h->macs[i];
		h->macs[i] = h->macs[6 + i];
		h->macs[6 + i] = byte;
	}
	u16 life = h->ttl | (u16)h->protocol << 8;
	h->ttl = LIFE;
	u16 fresh = h->ttl | (u16)h->protocol << 8;
	h->ip_checksum = ~fold16((u64)(u16)~h->ip_checksum + (u16)~life + fresh);

	if (store_bytes(skb, 0, h, sizeof *h, 0) || store_bytes(skb, OPTIONS_AT, options, sizeof options, 0))
		return TC_ACT_SHOT;
	l4_csum_replace(skb, CHECKSUM_AT, 0, fold32(sum), 0);
	__sync_fetch_and_add(&c->answered, 1);
	return redirect(skb->ifindex, 0);
}

SECTION("filter")
int hide_spliced(struct __sk_buff *skb)
{
	struct headers h;
	struct match m;
	// What else the edge does not want: other hosts' frames, VLANs, other protocols.
	if (skb->vlan_present || skb->pkt_type == PACKET_OTHERHOST)
		return 0;
	if (skb->protocol != IPV4_TYPE)
		return skb->protocol == ARP_TYPE ? TO_THE_EDGE : 0;
	struct answer a;
	return match(skb, &h, &m) || answerable(skb, &h, &a) || silent(skb, &h) ? 0 : TO_THE_EDGE;
}

SECTION("classifier")
int forward_spliced(struct __sk_buff *skb)
{
	struct headers h;
	struct match m;
	if (!match(skb, &h, &m)) {
		struct answer a;
		if (answerable(skb, &h, &a))
			return answer(skb, &h, &a);
		return silent(skb, &h) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
	}

	struct splice *s = m.splice;
	__sync_fetch_and_add(&s->packets, 1);
	__sync_fetch_and_add(&s->bytes, m.total);
	s->last_seen = coarse_nanos();
	int ack = !m.udp && h.flags & ACK;
	if (m.flags & FOLLOWED) {
		u32 end = SWAP32(word(h.seq)) + m.payload;
		if (m.payload && (int)(end - s->highest) > 0)
			s->highest = end;
		if (ack) {
			// The last one, not the highest: a damaged one must not stand for good.
			s->ack = SWAP32(word(h.ack));
			s->window = SWAP16(h.window);
			__sync_fetch_and_add(&s->acks, 1);
		}
	}
	if (unlikely(!m.udp && h.flags & FIN && !s->ended)) {
		s->ended = 1;
		report_end(m.number);
	}

	for (int i = 0; i < 12; i++)
		h.macs[i] = m.macs[i];
	u64 addresses = difference(word(h.addresses), m.becomes.source)
		+ difference(word(h.addresses + 2), m.becomes.destination);
	u16 life = h.ttl | (u16)h.protocol << 8;
	h.ttl--;
	u16 less = h.ttl | (u16)h.protocol << 8;
	h.ip_checksum = ~fold16((u64)(u16)~h.ip_checksum + addresses + (u16)~life + less);
	put_word(h.addresses, m.becomes.source);
	put_word(h.addresses + 2, m.becomes.destination);

	u64 sum = difference(h.source_port | (u32)h.destination_port << 16,
			     m.becomes.source_port | (u32)m.becomes.destination_port << 16);
	h.source_port = m.becomes.source_port;
	h.destination_port = m.becomes.destination_port;
	if (m.udp) {
		if (store_bytes(skb, 0, &h, sizeof h, 0))
			return TC_ACT_SHOT;
		// A sum of zero says that there is none (RFC 768), and stays so.
		l4_csum_replace(skb, UDP_CHECKSUM_AT, 0, fold32(addresses), BPF_F_PSEUDO_HDR | BPF_F_MARK_MANGLED_0);
		l4_csum_replace(skb, UDP_CHECKSUM_AT, 0, fold32(sum), BPF_F_MARK_MANGLED_0);
		return redirect(m.ifindex, 0);
	}
	u32 seq = plus(word(h.seq), m.seq_delta);
	sum += difference(word(h.seq), seq);
	put_word(h.seq, seq);
	if (ack) {
		u32 shifted = plus(word(h.ack), m.ack_delta);
		sum += difference(word(h.ack), shifted);
		put_word(h.ack, shifted);
	}
	if (m.window_shift) {
		u32 window = SWAP16(h.window);
		u32 scaled = window >> (-m.window_shift & 31);
		if (m.window_shift > 0) {
			scaled = window << (m.window_shift & 15);
			if (scaled > 0xFFFF)
				scaled = 0xFFFF;
		}
		u16 network = SWAP16((u16)scaled);
		sum += (u64)(u16)~h.window + network;
		h.window = network;
	}

	if (m.has_timestamps) {
		u32 tsval = plus(m.timestamps[1], m.tsval_delta);
		sum += difference(m.timestamps[1], tsval);
		m.timestamps[1] = tsval;
		s->tsval = SWAP32(tsval);
		if (ack) {
			u32 tsecr = plus(m.timestamps[2], m.tsecr_delta);
			sum += difference(m.timestamps[2], tsecr);
			m.timestamps[2] = tsecr;
		}
		if (store_bytes(skb, OPTIONS_AT, m.timestamps, 12, 0))
			return TC_ACT_SHOT;
	}
	if (unlikely(m.sack_bytes))
		sum += shift_sack(skb, &m);
	if (store_bytes(skb, 0, &h, sizeof h, 0))
		return TC_ACT_SHOT;
	// Where hardware completes the sum, the field holds that of the pseudo-header alone, and only the first of these acts.
	l4_csum_replace(skb, CHECKSUM_AT, 0, fold32(addresses), BPF_F_PSEUDO_HDR);
	l4_csum_replace(skb, CHECKSUM_AT, 0, fold32(sum), 0);
	return redirect(m.ifindex, 0);
}

char terms[] SECTION("license") = "Apache-2.0";
