/* socket: the settings of TCP that client and server share. For src/net alone. */
#ifndef NET_SOCKET_H
#define NET_SOCKET_H

#include "base/err.h"

/* Listens on an IP address (NULL: all of IPv4), without blocking; *port 0 becomes the one that was free. */
int socket_listen(const char *address, uint16_t *port, struct err *err);
/* A silent peer that vanished without a word is noticed in idle + 3 * interval seconds. What a listening socket is
 * given, its connections inherit. */
void socket_keep_alive(int fd, int idle, int interval);
/* So is one that no longer takes what it is sent, in as many seconds: not for peers that may rest on purpose (0: the
 * system's default, which waits for them). */
void socket_give_up(int fd, int seconds);
/* How much the kernel may hold of what was written and not yet taken. Connections inherit it. */
void socket_send_buffer(int fd, size_t bytes);

#endif
