// What a datagram costs before anybody looks a name up: answers every question with one address, as many as are there with one call.
//
//   gcc -O2 -o dns-floor dns-floor.c && taskset -c 0 ./dns-floor 5399 40
//
// Port, and datagrams for each recvmmsg and sendmmsg (up to 64). Its processor time for each of dnsperf's answers, which is the
// kernel's but for a hundredth, is the floor below which no server on sockets comes; docs/benchmarks.md, DNS.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MOST 64
#define SIZE 1472

static unsigned char buffers[MOST][SIZE + 16];
static struct mmsghdr messages[MOST];
static struct iovec parts[MOST];
static struct sockaddr_in clients[MOST];

// Makes an answer of a question; returns its length, 0 for what is none.
static size_t answer(unsigned char *message, size_t length) {
  static const unsigned char record[16] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 1};
  size_t at = 12;
  while (at < length && message[at] != 0) at += message[at] + 1;
  at += 5;
  if (at > length) return 0;
  message[2] |= 0x80;
  message[3] = 0x80;
  message[7] = 1;
  message[10] = message[11] = 0;
  memcpy(message + at, record, sizeof record);
  return at + sizeof record;
}

int main(int count, char **words) {
  int port = count > 1 ? atoi(words[1]) : 5399, batch = count > 2 ? atoi(words[2]) : 40, room = 4 << 20;
  if (batch < 1 || batch > MOST) return fprintf(stderr, "1 to %d datagrams a call\n", MOST), 1;
  struct sockaddr_in self = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int sock = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  if (bind(sock, (struct sockaddr *)&self, sizeof self) != 0) return perror("bind"), 1;
  for (;;) {
    for (int i = 0; i < batch; i++) {
      parts[i] = (struct iovec){buffers[i], SIZE};
      messages[i].msg_hdr = (struct msghdr){
          .msg_name = &clients[i], .msg_namelen = sizeof clients[i], .msg_iov = &parts[i], .msg_iovlen = 1};
    }
    int received = recvmmsg(sock, messages, batch, MSG_WAITFORONE, NULL);
    int answers = 0;
    for (int i = 0; i < received; i++) {
      size_t length = answer(buffers[i], messages[i].msg_len);
      if (length == 0) continue;
      parts[i].iov_len = length;
      messages[answers++] = messages[i];
    }
    for (int sent = 0; sent < answers;) {
      int more = sendmmsg(sock, messages + sent, answers - sent, 0);
      if (more <= 0) break;
      sent += more;
    }
  }
}
