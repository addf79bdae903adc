/* rtsp_server: a camera on the network, for tests: RTSP with the pictures between the answers (RTP over TCP, and nothing else), MPEG-4 of
 * FFmpeg's encoder in FFmpeg's packets. One client at a time, on a thread of its own. */
#ifndef TESTS_RTSP_SERVER_H
#define TESTS_RTSP_SERVER_H

#include "base/base.h"

#define RTSP_WIDTH 320
#define RTSP_HEIGHT 240

struct rtsp_server;

/* port 0: any. credentials: "user:password" that a client has to know, or NULL. It can only be given up by BUG. */
struct rtsp_server *rtsp_server_new(uint16_t port, const char *credentials);
void rtsp_server_free(struct rtsp_server *server); /* cuts its client off; NULL is fine */
uint16_t rtsp_server_port(const struct rtsp_server *server);
/* While it is, nothing is sent and nobody answered, as if its cable were out. */
void rtsp_server_stall(struct rtsp_server *server, bool stalled);
/* How often a client has begun to play; and whether one has asked for UDP. */
unsigned rtsp_server_plays(struct rtsp_server *server);
bool rtsp_server_asked_udp(struct rtsp_server *server);

#endif
